import { at, minuteMs, PlayedLedger } from '../testing/played-ledger.ts';
import { whoStepsBack } from './circumstances.ts';

const src = 'path:/r/main/src';
const docs = 'path:/r/main/docs';
const handsOver = { kind: 'hand_over_at_checkpoint', withinMs: 5 * minuteMs } as const;

/** Bob waits for Ada's `src`, who goes on with `src/api` only. */
function given(): PlayedLedger {
  return new PlayedLedger()
    .request(0, 'ada/F-1', src)
    .request(5, 'bob/F-1', `${src}/web`)
    .narrow(10, 'ada/F-1', `${src}/api`);
}

describe('precedence', () => {
  it('is the order of asking as long as nobody gives way', () => {
    const played = new PlayedLedger().request(0, 'ada/F-1', src).request(5, 'bob/F-1', src);
    expect(played.inLine(10, 'ada/F-1')).toBe(10);
    expect(played.inLine(10, 'bob/F-1')).toBe(5);
    expect(played.aheadMinutes(10, 'ada/F-1')).toBe(0);
    expect(played.standing(10, 'eve/F-1')).toBeUndefined();
  });

  it('knows who is ahead because others gave way, and what it would not even have asked for yet', () => {
    const played = given().release(30, 'bob/F-1').request(31, 'bob/F-2', `${src}/api`);
    expect(played.aheadMinutes(30, 'bob/F-1')).toBe(20);
    expect(played.inLine(31, 'bob/F-2')).toBe(-1 - 20 * minuteMs);
    // Ada ends at 40; then bob's first feature would begin and take twenty minutes, and its second ask a minute later.
    played.release(40, 'ada/F-1').request(50, 'cid/F-1', `${src}/api`);
    expect(played.inLine(70, 'cid/F-1')).toBe(20);
    expect(played.inLine(70, 'bob/F-2')).toBe(9);
  });

  it('takes work that is held up for as long as it was expected, and work that goes on for as long as it does', () => {
    const begun = (): PlayedLedger =>
      new PlayedLedger()
        .request(0, 'cid/F-1', docs)
        .claim(0, 'ada/F-1', { resources: [src], expectedMinutes: 20 })
        .request(5, 'bob/F-1', src);
    const played = begun();
    expect(played.aheadMinutes(19, 'bob/F-1')).toBe(0);
    expect(played.aheadMinutes(25, 'bob/F-1')).toBe(0);
    const heldUp = begun().claim(10, 'ada/F-1', { claimId: 'ada/beside', resources: [docs] });
    expect(heldUp.aheadMinutes(30, 'bob/F-1')).toBe(-10);
  });

  it('does not depend on when anybody asks', () => {
    const begun = (): PlayedLedger =>
      new PlayedLedger()
        .claim(0, 'ada/F-1', { resources: [src], expectedMinutes: 20 })
        .request(5, 'bob/F-1', `${src}/web`)
        .narrow(10, 'ada/F-1', `${src}/api`)
        .claim(12, 'cid/F-1', { resources: [`${src}/web`], expectedMinutes: 10 });
    const [asked, silent] = [begun(), begun()];
    for (const minute of [21, 28, 33]) asked.inLine(minute, 'cid/F-1');
    expect(asked.release(45, 'bob/F-1').standing(60, 'cid/F-1')).toEqual(
      silent.release(45, 'bob/F-1').standing(60, 'cid/F-1'),
    );
  });

  it('does not count what it takes to go on again after giving way', () => {
    const played = given()
      .request(15, 'cid/F-1', `${src}/web`)
      .agree(15, 'cid/F-1', 'bob/F-1', handsOver)
      .release(16, 'bob/F-1');
    expect(played.aheadMinutes(17, 'bob/F-1')).toBe(6);
    played.claim(17, 'bob/F-1', { claimId: 'bob/again', resources: [`${src}/web`] });
    expect(played.aheadMinutes(17, 'bob/F-1')).toBe(5);
  });

  it('knows how late a work is also when it would have been done long ago, until it is done', () => {
    const played = new PlayedLedger()
      .claim(0, 'ada/F-1', { resources: [src], expectedMinutes: 20 })
      .request(5, 'bob/F-1', src)
      .agree(5, 'bob/F-1', 'ada/F-1', handsOver)
      .release(6, 'ada/F-1')
      .claim(6, 'ada/F-1', { claimId: 'ada/again', resources: [src] });
    expect(played.aheadMinutes(30, 'ada/F-1')).toBe(-15);
    expect(played.inLine(30, 'ada/F-1')).toBe(30);
    played.release(36, 'bob/F-1');
    expect(played.aheadMinutes(40, 'ada/F-1')).toBe(-11);
    expect(played.release(52, 'ada/again', true).aheadMinutes(52, 'ada/F-1')).toBe(0);
  });

  it('knows a feature again in whichever run it claims', () => {
    const played = given().release(20, 'bob/F-1');
    played.claim(22, 'bob/F-1', { claimId: 'bob/second-run', resources: [`${src}/web`] });
    expect(played.inLine(30, 'bob/F-1')).toBe(25);
    expect(played.aheadMinutes(30, 'bob/F-1')).toBe(18);
  });

  it('gives no place in line to what is claimed beside what a work claimed first', () => {
    const played = new PlayedLedger()
      .request(0, 'ada/F-1', docs)
      .request(5, 'bob/F-1', src)
      .claim(20, 'ada/F-1', { claimId: 'ada/beside', resources: [`${src}/a.ts`] });
    expect(played.inLine(20, 'ada/F-1', `${docs}/a.md`)).toBe(20);
    expect(played.inLine(20, 'ada/F-1', `${src}/a.ts`)).toBeUndefined();
    const [waiting] = played.ledger.queue;
    const [, holder] = [...played.ledger.held.values()];
    const { standings } = played.circumstances(20);
    expect(waiting && holder && standings.wouldBeFirst(waiting, holder)).toBe(false);
  });
});

describe('a claim ahead of its work', () => {
  it('does not count as work before the work before it is over, and keeps the place it had by then', () => {
    const played = new PlayedLedger()
      .request(0, 'cid/F-1', src)
      .request(0, 'ada/F-1', docs)
      .request(5, 'ada/F-2', src)
      .request(10, 'bob/F-1', src);
    expect(played.inLine(15, 'ada/F-2')).toBeLessThan(0);
    expect(played.aheadMinutes(15, 'ada/F-1')).toBe(0);
    played.release(20, 'ada/F-1', true);
    expect(played.inLine(20, 'ada/F-2')).toBe(15);
    expect(played.inLine(20, 'bob/F-1')).toBe(10);
    played.release(30, 'cid/F-1', true);
    expect(played.aheadMinutes(35, 'ada/F-2')).toBe(0);
    expect(played.aheadMinutes(35, 'bob/F-1')).toBe(0);
  });

  it('that was given back leaves nothing behind', () => {
    const played = new PlayedLedger().request(0, 'ada/F-1', docs).request(5, 'ada/F-2', src);
    expect(played.release(10, 'ada/F-2').standing(10, 'ada/F-2')).toBeUndefined();
    played.release(20, 'ada/F-1', true).claim(21, 'ada/F-2', { claimId: 'ada/run', resources: [src] });
    expect(played.inLine(25, 'ada/F-2')).toBe(4);
  });
});

describe('what people decide over the heads of owners', () => {
  it('holds: who was moved to the front would be first, and who was moved behind would not', () => {
    const played = new PlayedLedger()
      .request(0, 'ada/F-1', src)
      .request(5, 'bob/F-1', src)
      .request(10, 'cid/F-1', src)
      .moveBefore(12, 'cid/F-1', 'bob/F-1');
    const first = (one: string, other: string): boolean => {
      const [a, b] = [played.inLine(20, one) ?? 0, played.inLine(20, other) ?? 0];
      return a > b;
    };
    expect(first('cid/F-1', 'bob/F-1')).toBe(true);
    expect(first('ada/F-1', 'cid/F-1')).toBe(true);
    played.release(30, 'ada/F-1', true).release(40, 'cid/F-1', true);
    expect(played.aheadMinutes(45, 'bob/F-1')).toBe(0);
    expect(played.aheadMinutes(39, 'cid/F-1')).toBe(0);
  });

  it('holds also for one that would not even have asked', () => {
    const played = given().release(30, 'bob/F-1').request(30, 'cid/F-1', `${src}/web`);
    played.request(30, 'dan/F-1', `${src}/web`).request(31, 'bob/F-2', `${src}/web`);
    played.moveBefore(32, 'bob/F-2');
    expect(played.inLine(33, 'bob/F-2')).toBeGreaterThanOrEqual(0);
  });

  it('holds also where everybody would be done by now, for the holder takes longer in fact', () => {
    const played = new PlayedLedger()
      .request(0, 'zoe/F-1', docs)
      .claim(0, 'hal/F-1', { resources: [src], expectedMinutes: 5 })
      .claim(1, 'bob/F-1', { resources: [src], expectedMinutes: 5 })
      .claim(2, 'ada/F-1', { resources: [src], expectedMinutes: 5 })
      .claim(3, 'hal/F-1', { claimId: 'hal/beside', resources: [docs] })
      .moveBefore(31, 'ada/F-1', 'bob/F-1');
    expect(whoStepsBack(played.circumstances(32))).toEqual([]);
    played.request(33, 'cid/F-1', src).moveBefore(34, 'cid/F-1');
    expect(whoStepsBack(played.circumstances(35))).toEqual([]);
    played.moveBefore(36, 'bob/F-1');
    expect(whoStepsBack(played.circumstances(37))).toEqual([]);
  });

  it('holds: what was revoked gives its owner no place before whom it was taken for', () => {
    const played = new PlayedLedger()
      .request(0, 'ada/F-1', src)
      .request(5, 'bob/F-1', src)
      .revoke(10, 'ada/F-1')
      .claim(11, 'ada/F-1', { claimId: 'ada/again', resources: [src] });
    expect(played.inLine(20, 'ada/F-1')).toBe(9);
    expect(played.inLine(20, 'bob/F-1')).toBe(15);
    expect(played.aheadMinutes(20, 'bob/F-1')).toBe(0);
  });
});

describe('what a work still waited for when it lost what it held', () => {
  const begun = (): PlayedLedger =>
    new PlayedLedger()
      .request(0, 'zoe/F-1', docs)
      .claim(0, 'hal/F-1', { resources: [src], expectedMinutes: 60 })
      .claim(3, 'hal/F-1', { claimId: 'hal/beside', resources: [docs] })
      .request(5, 'bob/F-1', src);
  const again = { claimId: 'hal/again', resources: [src] };

  it('gives back no place that a person took', () => {
    const played = begun().revoke(10, 'hal/F-1').withdraw(11, 'hal/beside').claim(12, 'hal/F-1', again);
    expect(played.inLine(13, 'hal/F-1')).toBe(1);
    expect(played.inLine(13, 'bob/F-1')).toBe(8);
    expect(played.aheadMinutes(13, 'bob/F-1')).toBe(1);
  });

  it('gives back no place that was given up', () => {
    const played = begun().release(10, 'hal/F-1').withdraw(10, 'hal/beside').claim(15, 'hal/F-1', again);
    expect(played.inLine(16, 'hal/F-1')).toBe(1);
  });

  it('leaves its place to what was handed over as promised', () => {
    const played = begun().agree(9, 'bob/F-1', 'hal/F-1', handsOver).release(10, 'hal/F-1');
    played.withdraw(10, 'hal/beside').claim(11, 'hal/F-1', again);
    expect(played.inLine(12, 'hal/F-1')).toBe(12);
  });

  it('is what it goes on with once it is granted', () => {
    const played = begun().revoke(10, 'hal/F-1').release(11, 'zoe/F-1').request(12, 'cid/F-1', docs);
    played.agree(12, 'cid/F-1', 'hal/beside', handsOver).release(13, 'hal/beside');
    expect(played.claim(14, 'hal/F-1', again).inLine(15, 'hal/F-1')).toBe(15);
  });
});

describe('a claim that was withdrawn while it waited', () => {
  const begun = (): PlayedLedger =>
    new PlayedLedger().request(0, 'ada/F-1', src).request(1, 'bob/F-1', src).withdraw(2, 'bob/F-1');
  const again = { claimId: 'bob/again', resources: [src] };

  it('has its place again when it comes back at once', () => {
    expect(begun().claim(2, 'bob/F-1', again).inLine(10, 'bob/F-1')).toBe(9);
  });

  it('begins anew when it comes back late, whether or not it would have had its turn', () => {
    const served = begun().release(10, 'ada/F-1', true).request(40, 'cid/F-1', src);
    expect(served.claim(60, 'bob/F-1', again).inLine(61, 'bob/F-1')).toBe(1);
    const waiting = begun().request(40, 'cid/F-1', src).claim(60, 'bob/F-1', again);
    expect(waiting.inLine(61, 'bob/F-1')).toBe(1);
    expect(waiting.release(70, 'ada/F-1', true).inLine(71, 'cid/F-1')).toBe(31);
    expect(waiting.release(80, 'cid/F-1', true).aheadMinutes(85, 'bob/F-1')).toBe(0);
  });
});

describe('whom a work let pass', () => {
  const lets = (played: PlayedLedger, minute: number): readonly string[] =>
    played.precedence
      .asOf(at(minute))
      .letPassBy({ owner: { missionId: 'ada' }, work: { id: 'F-1' }, resources: [] });

  it('is remembered where it did so out of goodwill, also in its next run', () => {
    const played = new PlayedLedger()
      .request(0, 'ada/F-1', src)
      .request(5, 'bob/F-1', src)
      .agree(6, 'bob/F-1', 'ada/F-1', handsOver)
      .release(8, 'ada/F-1')
      .claim(8, 'ada/F-1', { claimId: 'ada/again', resources: [src] });
    expect(lets(played, 9)).toEqual(['bob F-1']);
  });

  it('is forgotten with a mission that has had nothing to do for a day', () => {
    const dayMinutes = 1_440;
    const played = new PlayedLedger()
      .request(0, 'ada/F-1', src)
      .request(5, 'bob/F-1', src)
      .agree(6, 'bob/F-1', 'ada/F-1', handsOver)
      .release(8, 'ada/F-1')
      .release(10, 'bob/F-1', true);
    played.request(2 * dayMinutes, 'cid/F-1', docs).release(2 * dayMinutes + 1, 'cid/F-1', true);
    expect(lets(played, 2 * dayMinutes + 2)).toEqual([]);
  });

  it('is nobody who would have come first anyhow', () => {
    const played = given()
      .release(20, 'bob/F-1')
      .request(25, 'cid/F-1', `${src}/web`)
      .request(26, 'bob/F-2', `${src}/web`)
      .release(30, 'cid/F-1');
    played.request(31, 'dan/F-1', `${src}/web`).agree(32, 'dan/F-1', 'bob/F-2', handsOver);
    expect(
      played.precedence
        .asOf('2026-01-01T01:00:00.000Z')
        .letPassBy({ owner: { missionId: 'bob' }, work: { id: 'F-2' }, resources: [] }),
    ).toEqual([]);
  });
});
