import type { FeedPage, FeedRequest } from '@missions/event-store';
import { sharingFeed } from './sharing-feed.ts';

describe('a shared feed', () => {
  const page: FeedPage = { events: [], next: '1.1', isLast: true };
  let asked: FeedRequest[];
  let answers: PromiseWithResolvers<FeedPage>[];
  let shared: ReturnType<typeof sharingFeed>;
  beforeEach(() => {
    asked = [];
    answers = [];
    shared = sharingFeed({
      feed: (request) => {
        const answer = Promise.withResolvers<FeedPage>();
        asked.push(request);
        answers.push(answer);
        return answer.promise;
      },
    });
  });

  it('answers the same question asked meanwhile with one query', async () => {
    const both = [0, 1].map(() => shared.feed({ after: '1.0', limit: 10 }));
    answers[0]?.resolve(page);
    expect(await Promise.all(both)).toEqual([page, page]);
    expect(asked).toHaveLength(1);
  });

  it('asks again when the answer has come, and for every other page', async () => {
    const first = shared.feed({ after: '1.0', limit: 10 });
    answers[0]?.resolve(page);
    await first;
    void shared.feed({ after: '1.0', limit: 10 });
    void shared.feed({ after: '1.1', limit: 10 });
    void shared.feed({ after: '1.1', limit: 20 });
    expect(asked).toHaveLength(4);
  });

  it('hands a failure to all who wait, and asks again then', async () => {
    const both = [0, 1].map(() => shared.feed({ after: undefined, limit: 10 }));
    answers[0]?.reject(new Error('away'));
    const outcomes = await Promise.allSettled(both);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    void shared.feed({ after: undefined, limit: 10 });
    expect(asked).toHaveLength(2);
  });
});
