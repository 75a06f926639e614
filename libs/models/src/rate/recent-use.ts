import { sumOfRates, type Rate } from './rate.ts';

const minuteMs = 60_000;

interface Use {
  cost: Rate;
  readonly atMs: number;
}

/** What calls have cost in the last minute: how much a replica could use in the next one. */
export class RecentUse {
  private readonly uses: Use[] = [];

  /** Notes a call; the answer corrects what it cost. */
  note(cost: Rate, atMs: number): (actual: Rate) => void {
    const use: Use = { cost, atMs };
    // An account without a limit is never asked for its sum.
    this.forget(atMs);
    this.uses.push(use);
    return (actual) => {
      use.cost = actual;
    };
  }

  /** How many calls it remembers. */
  get size(): number {
    return this.uses.length;
  }

  inLastMinute(nowMs: number): Rate {
    this.forget(nowMs);
    return sumOfRates(this.uses.map(({ cost }) => cost));
  }

  isEmpty(nowMs: number): boolean {
    this.forget(nowMs);
    return this.size === 0;
  }

  private forget(nowMs: number): void {
    const firstKept = this.uses.findIndex(({ atMs }) => atMs >= nowMs - minuteMs);
    this.uses.splice(0, firstKept === -1 ? this.uses.length : firstKept);
  }
}
