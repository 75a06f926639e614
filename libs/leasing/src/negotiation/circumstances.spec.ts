import { minuteMs, PlayedLedger } from '../testing/played-ledger.ts';
import { askOf, mayAsk, situationOf, whoStepsBack, type OwnWork } from './circumstances.ts';
import { propose } from './policy-negotiator.ts';
import type { OfferInput } from './offer.ts';

const src = 'path:/r/main/src';
const handsOver = { kind: 'hand_over_at_checkpoint', withinMs: 5 * minuteMs } as const;

/** Ada gave Bob the web part of what it holds, so that Bob asks for its next work sooner than it would have. */
function given(): PlayedLedger {
  return new PlayedLedger()
    .request(0, 'ada/F-1', src)
    .request(5, 'bob/F-1', `${src}/web`)
    .narrow(10, 'ada/F-1', `${src}/api`)
    .release(30, 'bob/F-1', true);
}

/** Ada handed over to Bob out of goodwill, and asked again at once. */
function letPass(): PlayedLedger {
  return new PlayedLedger()
    .request(0, 'ada/F-1', src)
    .request(5, 'bob/F-1', src)
    .agree(6, 'bob/F-1', 'ada/F-1', handsOver)
    .release(7, 'ada/F-1')
    .claim(7, 'ada/F-1', { claimId: 'ada/again', resources: [src] });
}

/** A run that needs all it holds, for an hour more. */
const own: OwnWork = {
  touched: [`${src}/api`, `${src}/web`],
  needed: [{ resource: src, mode: 'X' }],
  nextCheckpointInMs: 4 * minuteMs,
  remainingMs: 60 * minuteMs,
  ownMs: 600 * minuteMs,
  stance: 'neutral',
  priority: 0,
};

function offered(played: PlayedLedger, minute: number, self: OwnWork = own): OfferInput {
  const here = played.circumstances(minute);
  const [waiting] = here.ledger.queue;
  const held = here.ledger.held.find(({ claimId }) => claimId === waiting?.holders[0]?.claimId);
  if (held === undefined || waiting === undefined) throw new Error('Nobody waits for anybody.');
  return propose(situationOf(held, self, here), askOf(waiting, { held, priority: 0 }, here));
}

describe('a holder', () => {
  it('gives way, whatever its stance, to whom it would have come after without talk', () => {
    const played = given().request(31, 'bob/F-2', `${src}/web`).request(35, 'cid/F-1', `${src}/web`);
    expect(offered(played, 36, { ...own, stance: 'greedy' })).toMatchObject({
      kind: 'hand_over_at_checkpoint',
    });
  });

  it('keeps what it would have had first, however late it was granted', () => {
    const played = letPass()
      .release(20, 'bob/F-1', true)
      .claim(21, 'cid/F-1', { resources: [src], expectedMinutes: 1 });
    expect(offered(played, 22, { ...own, stance: 'greedy' })).toMatchObject({ kind: 'refuse' });
  });

  it('does not give way out of goodwill once it has been delayed as much as it may be', () => {
    const delayed = (minutes: number): PlayedLedger =>
      new PlayedLedger()
        .claim(0, 'ada/F-1', { resources: [src], expectedMinutes: 100 })
        .request(5, 'bob/F-1', src)
        .agree(6, 'bob/F-1', 'ada/F-1', handsOver)
        .release(7, 'ada/F-1')
        .claim(7, 'ada/F-1', { claimId: 'ada/again', resources: [src] })
        .release(7 + minutes, 'bob/F-1', true)
        .claim(9 + minutes, 'cid/F-1', { resources: [src], expectedMinutes: 5 });
    const yielding = { ...own, stance: 'yielding', ownMs: 300 * minuteMs } as const;
    expect(offered(delayed(2), 12, yielding)).toMatchObject({ kind: 'hand_over_at_checkpoint' });
    expect(offered(delayed(30), 40, yielding)).toMatchObject({ kind: 'refuse' });
  });

  it('is told apart by its work: whom it let pass does not give it back', () => {
    expect(offered(letPass(), 8)).toMatchObject({ kind: 'refuse' });
  });
});

describe('who waits', () => {
  const asks = (played: PlayedLedger, minute: number): readonly string[] => {
    const here = played.circumstances(minute);
    return here.ledger.queue.filter((waiting) => mayAsk(waiting, here)).map(({ claimId }) => claimId);
  };

  it('asks when it is next in line', () => {
    const played = new PlayedLedger().request(0, 'ada/F-1', src).request(5, 'bob/F-1', src);
    expect(asks(played.request(6, 'cid/F-1', src), 7)).toEqual(['bob/F-1']);
  });

  it('asks nobody whom its own work let pass', () => {
    expect(asks(letPass(), 8)).toEqual([]);
  });

  it('lets those through who would come first without talk, and nobody else', () => {
    const here = given()
      .request(31, 'dan/F-1', `${src}/web`)
      .request(31, 'bob/F-2', `${src}/web`)
      .request(35, 'cid/F-1', `${src}/web`)
      .circumstances(36);
    expect(whoStepsBack(here)).toMatchObject([
      { earlier: { claimId: 'bob/F-2' }, first: { claimId: 'cid/F-1' } },
    ]);
  });
});
