import { rateKinds, type Rate, type RateKind } from './rate.ts';

const minuteMs = 60_000;
/** How much of a minute's rate may be used at once. The rest comes evenly, so that no minute sees more than the rate. */
const burstOfRate = 1 / 6;

interface Bucket {
  readonly perMinute: number;
  readonly level: number;
}

/**
 * What a share lets through: one bucket for each kind that is limited. Together, capacity and what flows in a minute are the
 * share: so much is taken in any minute, whichever way one looks at it, and so do all replicas together stay within the limit.
 * What a call takes is guessed: a minute may see more by what its calls used beyond their guesses, and the next ones make up for it.
 */
export class RateBuckets {
  private readonly buckets = new Map<RateKind, Bucket>();
  private atMs: number;

  constructor(nowMs: number) {
    this.atMs = nowMs;
  }

  /**
   * The share from now on. What has been in a bucket stays, as much as fits; one of a new kind begins empty, since whoever
   * had the share before may have used it in the same minute, or full where nobody had.
   */
  setShare(share: Rate, nowMs: number, begins: 'empty' | 'full'): void {
    this.flow(nowMs);
    for (const kind of rateKinds) {
      const perMinute = share[kind];
      if (perMinute === undefined) this.buckets.delete(kind);
      else {
        const capacity = capacityOf(kind, perMinute);
        const before = this.buckets.get(kind)?.level ?? (begins === 'full' ? capacity : 0);
        this.buckets.set(kind, { perMinute, level: Math.min(before, capacity) });
      }
    }
  }

  /** The share has passed to others. */
  empty(nowMs: number): void {
    this.flow(nowMs);
    for (const [kind, bucket] of this.buckets)
      this.buckets.set(kind, { ...bucket, level: Math.min(bucket.level, 0) });
  }

  /** In how many milliseconds a call of this cost may be made; 0 is now, infinity not with this share. */
  waitMs(cost: Rate, nowMs: number): number {
    this.flow(nowMs);
    const waits = [...this.buckets].map(([kind, bucket]) => waitOf(kind, bucket, cost[kind] ?? 0));
    return Math.max(0, ...waits);
  }

  /** Which kind a call of this cost waits for the longest. */
  scarcest(cost: Rate): RateKind | undefined {
    const waits = [...this.buckets].map(
      ([kind, bucket]) => [kind, waitOf(kind, bucket, cost[kind] ?? 0)] as const,
    );
    return waits.sort(([, one], [, other]) => other - one)[0]?.[0];
  }

  take(cost: Rate): void {
    this.change((kind, { level }) => level - (cost[kind] ?? 0));
  }

  /** What was taken and not used; below zero where a call used more than it took. */
  putBack(cost: Rate): void {
    this.change((kind, { level, perMinute }) =>
      Math.min(capacityOf(kind, perMinute), level + (cost[kind] ?? 0)),
    );
  }

  /** The provider says that there is no more than this, whoever used the rest. */
  atMost(remaining: Rate): void {
    this.change((kind, { level }) => Math.min(level, remaining[kind] ?? level));
  }

  private change(level: (kind: RateKind, bucket: Bucket) => number): void {
    for (const [kind, bucket] of this.buckets)
      this.buckets.set(kind, { ...bucket, level: level(kind, bucket) });
  }

  private flow(nowMs: number): void {
    const minutes = Math.max(0, nowMs - this.atMs) / minuteMs;
    this.atMs = Math.max(this.atMs, nowMs);
    this.change((kind, { level, perMinute }) =>
      Math.min(capacityOf(kind, perMinute), level + minutes * inflowOf(kind, perMinute)),
    );
  }
}

// A call that costs more than fits is made when its bucket is full, and the next ones wait until that is made up for.
function waitOf(kind: RateKind, { level, perMinute }: Bucket, cost: number): number {
  if (cost === 0) return 0;
  if (perMinute === 0) return Number.POSITIVE_INFINITY;
  const missing = Math.min(cost, capacityOf(kind, perMinute)) - level;
  // Without the tolerance, sums of fractions would wait for the last billionth for ever.
  return missing <= 1e-9 * cost ? 0 : (missing / inflowOf(kind, perMinute)) * minuteMs;
}

// One call has to fit; where that is more than the burst, less flows in.
function capacityOf(kind: RateKind, perMinute: number): number {
  const burst = perMinute * burstOfRate;
  return kind === 'requestsPerMin' && perMinute > 0 ? Math.max(1, burst) : burst;
}

function inflowOf(kind: RateKind, perMinute: number): number {
  return Math.max(perMinute - capacityOf(kind, perMinute), perMinute / 2);
}
