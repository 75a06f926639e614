import fc from 'fast-check';
import { divideRate } from './divide-rate.ts';
import { grantShare, type LiveShare } from './grant-share.ts';
import { lowerRate } from './rate.ts';

const rounding = 1e-9;
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const demandOf = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e6, noNaN: true }));
const limitOf = fc.double({ min: 1e-3, max: 1e6, noNaN: true });
const demandsOf = fc.array(demandOf, { minLength: 1, maxLength: 12 });

describe('dividing a rate', () => {
  it('gives away all of it and never more', () => {
    fc.assert(
      fc.property(limitOf, demandsOf, (limit, demands) => {
        const total = sum(divideRate(limit, demands));
        expect(Math.abs(total - limit)).toBeLessThanOrEqual(limit * rounding);
      }),
    );
  });

  it('takes from nobody who asks for less to serve somebody who asks for more', () => {
    fc.assert(
      fc.property(limitOf, demandsOf, (limit, demands) => {
        const shares = divideRate(limit, demands);
        for (const [index, share] of shares.entries()) {
          const isServed = share >= (demands[index] ?? 0) * (1 - rounding);
          const most = Math.max(...shares);
          expect(isServed || share >= most * (1 - rounding)).toBe(true);
        }
      }),
    );
  });

  it('leaves a floor to each that asks for nothing', () => {
    expect(divideRate(100, [500, 0, 0])).toEqual([96, 2, 2]);
    expect(divideRate(100, [0, 0])).toEqual([50, 50]);
  });

  it('gives what nobody asks for to those who ask, in equal parts', () => {
    expect(divideRate(100, [10, 30])).toEqual([40, 60]);
    expect(divideRate(100, [10, 30, 90])).toEqual([10, 30, 60]);
    expect(divideRate(100, [90, 80, 70])).toEqual([100 / 3, 100 / 3, 100 / 3]);
  });
});

const ttlMs = 10_000;

interface Row extends LiveShare {
  readonly expiresAtMs: number;
}

/** The rows of an account under one clock, as the service keeps them. */
class Account {
  readonly rows = new Map<string, Row>();
  nowMs = 0;

  constructor(readonly limit: number) {}

  ask(replica: string, demand: number): number {
    const others = [...this.rows].filter(([name, row]) => name !== replica && row.expiresAtMs > this.nowMs);
    const asked = { requestsPerMin: demand };
    const share = grantShare(
      { requestsPerMin: this.limit },
      asked,
      others.map(([, row]) => row),
    );
    this.rows.set(replica, { demand: asked, share, expiresAtMs: this.nowMs + ttlMs });
    return share.requestsPerMin ?? 0;
  }

  get lent(): number {
    const live = [...this.rows.values()].filter(({ expiresAtMs }) => expiresAtMs > this.nowMs);
    return sum(live.map(({ share }) => share.requestsPerMin ?? 0));
  }
}

const stepOf = fc.record({
  replica: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
  demand: demandOf,
  // Some come back long after their share ran out, some never again.
  afterMs: fc.oneof(fc.nat(1000), fc.nat(30_000)),
});

describe('lending shares of an account', () => {
  it('never lends more than the limit, whoever comes, dies and comes back', () => {
    fc.assert(
      fc.property(limitOf, fc.array(stepOf, { maxLength: 60 }), (limit, steps) => {
        const account = new Account(limit);
        for (const { replica, demand, afterMs } of steps) {
          account.nowMs += afterMs;
          account.ask(replica, demand);
          expect(account.lent).toBeLessThanOrEqual(limit * (1 + rounding));
        }
      }),
    );
  });

  it('comes to the fair division as soon as each has renewed twice', () => {
    fc.assert(
      fc.property(limitOf, fc.array(demandOf, { minLength: 1, maxLength: 5 }), (limit, demands) => {
        const account = new Account(limit);
        const round = (): readonly number[] =>
          demands.map((demand, index) => account.ask(`replica-${String(index)}`, demand));
        round();
        round();
        const shares = round();
        const fair = divideRate(limit, demands);
        for (const [index, share] of shares.entries())
          expect(Math.abs(share - (fair[index] ?? 0))).toBeLessThanOrEqual(limit * rounding);
      }),
    );
  });

  it('has nothing to lend to a newcomer until the others have renewed, and then its fair part', () => {
    const account = new Account(100);
    expect(account.ask('a', 500)).toBe(100);
    expect(account.ask('b', 500)).toBe(0);
    expect(account.ask('a', 500)).toBe(50);
    expect(account.ask('b', 500)).toBe(50);
  });

  it('lends what a dead replica had once its time is over', () => {
    const account = new Account(100);
    account.ask('a', 500);
    account.nowMs += ttlMs - 1;
    expect(account.ask('b', 500)).toBe(0);
    account.nowMs += 1;
    expect(account.ask('b', 500)).toBe(100);
  });
});

describe('a limit', () => {
  it('is the lower one where both say something, kind by kind', () => {
    expect(
      lowerRate({ requestsPerMin: 50, inputTokensPerMin: 9 }, { requestsPerMin: 60, outputTokensPerMin: 8 }),
    ).toEqual({ requestsPerMin: 50, inputTokensPerMin: 9, outputTokensPerMin: 8 });
  });
});
