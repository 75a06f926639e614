import type { Claim } from '../claim.ts';
import { WithoutTalk } from './without-talk.ts';
import { newWork, workAfter, type Work } from './work-in-line.ts';

const dayMs = 86_400_000;

/** What a mission worked under one claim, for a second from then on. */
function workAt(missionId: string, atMs: number, before?: Work): Work {
  const claim: Claim = {
    claimId: `c-${missionId}-${String(atMs)}`,
    owner: { missionId, featureId: `F-${String(atMs)}` },
    resources: [{ resource: `repo:/${missionId}`, mode: 'X' }],
    ttlMs: 60_000,
  };
  const at = (ms: number): string => new Date(ms).toISOString();
  const work = newWork(claim, atMs, before);
  const held = workAfter(
    work,
    { type: 'LockGranted', data: { ...claim, grantedAt: at(atMs) } },
    { atMs, promised: false },
  );
  const over = { type: 'LockReleased', data: { ...claim, token: 1, releasedAt: at(atMs + 1_000) } } as const;
  return workAfter(held, over, { atMs: atMs + 1_000, promised: false });
}

/** A mission that does so many works, one after the other. */
function worked(replay: WithoutTalk, missionId: string, count: number): void {
  let before: Work | undefined;
  for (let place = 0; place < count; place += 1) {
    before = workAt(missionId, place * 2_000, before);
    replay.put({ work: before });
    replay.advance(place * 2_000 + 1_500);
  }
}

describe('what is kept of the works of missions', () => {
  it('is no more after a thousand of them than after a few', () => {
    const replay = new WithoutTalk();
    worked(replay, 'm-one', 1_000);
    expect(replay.worksOf('m-one').length).toBeLessThanOrEqual(2);
    expect(replay.worksOf('m-one').at(-1)).toMatchObject({ doneMs: 999 * 2_000 + 1_000 });
  });

  it('is nothing of a mission that has had nothing to do for a day', () => {
    const replay = new WithoutTalk();
    worked(replay, 'm-old', 3);
    replay.advance(2 * dayMs);
    replay.put({ work: workAt('m-new', 2 * dayMs) });
    replay.advance(2 * dayMs + 5_000);
    expect(replay.worksOf('m-old')).toEqual([]);
    expect(replay.worksOf('m-new')).toHaveLength(1);
  });

  it('is nothing of such a mission either while an older one still waits in fact', () => {
    const replay = new WithoutTalk();
    const { left: _left, ...waiting } = workAt('m-waiting', 0);
    replay.put({ work: waiting, askedMs: 0, heldMs: 0, doneMs: 1_000 });
    worked(replay, 'm-old', 3);
    replay.advance(2 * dayMs);
    replay.put({ work: workAt('m-new', 2 * dayMs) });
    replay.put({ work: workAt('m-newer', 2 * dayMs) });
    replay.advance(2 * dayMs + 5_000);
    expect(replay.worksOf('m-old')).toEqual([]);
    expect(replay.worksOf('m-waiting')).toHaveLength(1);
  });

  it('is not changed by what a copy goes on to', () => {
    const replay = new WithoutTalk();
    replay.put({ work: workAt('m-one', 0) });
    new WithoutTalk(replay).advance(5_000);
    expect(replay.worksOf('m-one')).toEqual([
      expect.not.objectContaining({ doneMs: expect.anything() as number }),
    ]);
  });
});
