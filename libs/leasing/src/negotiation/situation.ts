import type { Owner } from '../claim.ts';
import type { Want } from '../want.ts';

/**
 * How willingly a mission gives way beyond what costs it nothing: `greedy` not at all, `neutral` to a much shorter need and
 * at a small cost, `yielding` to any shorter one and at twice that cost.
 */
export type Stance = 'greedy' | 'neutral' | 'yielding';

/** What a run knows of its own grant. */
export interface HolderSituation {
  readonly resources: readonly Want[];
  /** What it changed so far: nobody else may have it before the work is handed over. */
  readonly touched: readonly string[];
  /** What it is still going to use, and how. */
  readonly needed: readonly Want[];
  /** When it can next stop with its work kept; undefined when it does not know. */
  readonly nextCheckpointInMs?: number;
  /** What its work under this grant is still expected to take. */
  readonly remainingMs?: number;
  /** What all its mission's work was expected to take so far, in this grant and before; what goodwill is measured by. */
  readonly ownMs?: number;
  /** How much later its mission is by now than without any talk; negative when it is earlier. */
  readonly delayedMs?: number;
  /** How long it would have been in line or at work by now without any talk; negative when it would not even have asked. */
  readonly inLineMs?: number;
  /** How often this piece of work has given way out of goodwill, to whoever. */
  readonly gaveWay?: number;
  /** Within what it has promised already to hand over. */
  readonly promisedInMs?: number;
  readonly stance: Stance;
  readonly priority: number;
  /** Whether it can do without all of this grant where it gets what it waits for; not what its work is done under. */
  readonly mayExchange?: boolean;
  /** Claims of its owner that wait. */
  readonly waitsFor?: readonly Want[];
}

/** What a waiting claim asks of it. */
export interface Ask {
  readonly owner: Owner;
  readonly resources: readonly Want[];
  readonly priority: number;
  /** How long it is expected to hold what it asks for. */
  readonly expectedMs?: number;
  /** As a holder's. */
  readonly inLineMs?: number;
  /** Whether it gave way to this very holder: then it waits until the holder is done. */
  readonly letHolderPass?: boolean;
  /** Whether reading beside others would do. */
  readonly canShare?: boolean;
  /** What its owner holds, which it might give in exchange. */
  readonly holds?: readonly {
    readonly claimId: string;
    readonly token: number;
    readonly owner: Owner;
    readonly resources: readonly Want[];
  }[];
}
