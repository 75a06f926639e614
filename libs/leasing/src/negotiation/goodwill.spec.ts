import fc from 'fast-check';
import { givesWay, goodwillShare, resumeMs, wouldBeFirst } from './goodwill.ts';
import type { Ask, HolderSituation, Stance } from './situation.ts';

const hourMs = 3_600_000;
const holder = (more: Partial<HolderSituation> = {}): HolderSituation => ({
  resources: [],
  touched: [],
  needed: [],
  stance: 'neutral',
  priority: 0,
  remainingMs: hourMs,
  ownMs: 20 * hourMs,
  ...more,
});
const ask = (more: Partial<Ask> = {}): Ask => ({
  owner: { missionId: 'bob' },
  resources: [],
  priority: 0,
  expectedMs: hourMs / 4,
  ...more,
});

describe('giving way by right', () => {
  it('is owed to whoever would have been served first without any talk, whatever the stance and the cost', () => {
    const greedy = holder({ stance: 'greedy', inLineMs: 1000, ownMs: 0 });
    expect(givesWay(greedy, ask({ inLineMs: 2000, expectedMs: 10 * hourMs }))).toBe(true);
    expect(givesWay(greedy, ask({ inLineMs: 1000 }))).toBe(false);
  });

  it('is not owed to one that would not even have asked yet, nor where nobody knows', () => {
    expect(wouldBeFirst({ inLineMs: -1 }, { inLineMs: -2 })).toBe(false);
    expect(wouldBeFirst({ inLineMs: 0 }, { inLineMs: -2 })).toBe(true);
    expect(wouldBeFirst({}, { inLineMs: -2 })).toBe(false);
    expect(wouldBeFirst({ inLineMs: 5 }, {})).toBe(false);
  });

  it('is not owed to one that let this very holder pass', () => {
    const passed = ask({ inLineMs: 2000, letHolderPass: true, expectedMs: 1 });
    expect(givesWay(holder({ inLineMs: 1000, stance: 'yielding' }), passed)).toBe(false);
  });
});

describe('giving way out of goodwill', () => {
  it('is different for each stance', () => {
    const gives = (stance: Stance, expectedMs: number): boolean =>
      givesWay(holder({ stance }), ask({ expectedMs }));
    expect([gives('greedy', 1), gives('neutral', 1), gives('yielding', 1)]).toEqual([false, true, true]);
    const asMuch = hourMs;
    expect([gives('neutral', asMuch), gives('yielding', asMuch)]).toEqual([false, true]);
    expect(gives('yielding', asMuch + 1)).toBe(false);
  });

  it('is given to a mission of higher priority even by a greedy one', () => {
    expect(givesWay(holder({ stance: 'greedy' }), ask({ priority: 1 }))).toBe(true);
    expect(givesWay(holder({ stance: 'greedy', priority: 1 }), ask({ priority: 1 }))).toBe(false);
  });

  it('spends what a mission is ahead of its own turn', () => {
    const poor = holder({ ownMs: hourMs });
    expect(givesWay(poor, ask())).toBe(false);
    expect(givesWay({ ...poor, delayedMs: -hourMs / 2 }, ask())).toBe(true);
  });

  it('comes to an end: a neutral one gives way once in a piece of work, a yielding one twice', () => {
    expect(givesWay(holder({ gaveWay: 1 }), ask())).toBe(false);
    expect(givesWay(holder({ gaveWay: 1, stance: 'yielding' }), ask())).toBe(true);
    expect(givesWay(holder({ gaveWay: 2, stance: 'yielding' }), ask())).toBe(false);
  });

  it('risks nothing that is not known', () => {
    const { expectedMs: _unknown, ...unknown } = ask();
    expect(givesWay(holder({ stance: 'yielding' }), unknown)).toBe(false);
    const { ownMs: _own, ...nothingDone } = holder({ stance: 'yielding' });
    expect(givesWay(nothingDone, ask())).toBe(false);
  });

  it('never makes a mission later, by what is known, than its share of its own work', () => {
    const known = fc.record({
      stance: fc.constantFrom('greedy' as const, 'neutral' as const, 'yielding' as const),
      priority: fc.integer({ min: -1, max: 1 }),
      delayedMs: fc.integer({ min: -hourMs, max: hourMs }),
      ownMs: fc.nat({ max: 40 * hourMs }),
      remainingMs: fc.nat({ max: 4 * hourMs }),
      gaveWay: fc.nat({ max: 3 }),
    });
    let given = 0;
    fc.assert(
      fc.property(known, fc.nat({ max: 2 * hourMs }), (situation, expectedMs) => {
        if (!givesWay(holder(situation), ask({ expectedMs }))) return;
        given += 1;
        const laterMs = situation.delayedMs + expectedMs + resumeMs;
        expect(laterMs).toBeLessThanOrEqual(goodwillShare.yielding * situation.ownMs);
      }),
      { numRuns: 2000 },
    );
    expect(given).toBeGreaterThan(100);
    expect(goodwillShare.yielding).toBeLessThan(0.1);
  });
});
