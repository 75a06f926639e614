import type { EventStore, EventTransaction } from '@missions/event-store';
import type { EventEnvelope } from '@missions/kernel';
import type { Cursors } from '../cursors.ts';
import type { DeliverySource } from '../delivery-source.ts';
import type { PokeSource } from '../pokes.ts';
import type { Subscription } from '../subscription.ts';

/** What a handler works with: one transaction, in which its cursor moves as well. */
export interface EventContext<Rows> {
  readonly tx: EventTransaction<Rows>;
  /** Runs `effect` once the transaction has committed (wake somebody, push to a screen); lost in a crash. */
  readonly afterCommit: (effect: () => void) => void;
}

/**
 * Applies one event. Called for each event of a stream once (as far as its transaction goes), in order of versions.
 * A transient fault is tried again without end; any other failure is tried a few times and then parked.
 */
export type EventHandler<Rows> = (event: EventEnvelope, context: EventContext<Rows>) => Promise<void>;

export interface RetryPolicy {
  /** How often an event is tried before it is parked. */
  readonly tries: number;
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
}

export interface ConsumerParts<Rows> {
  readonly store: EventStore<Rows>;
  readonly cursors: Cursors<Rows>;
  readonly bus: DeliverySource & PokeSource;
}

export interface ConsumerOptions<Rows> {
  /** The durable name of the consumer: its service, or `<service>_<purpose>` for a second one. */
  readonly service: string;
  readonly handle: EventHandler<Rows>;
  /** Only streams whose name begins so; others are acknowledged unread. */
  readonly streamPrefix?: string;
  /**
   * Whether the handler does anything about an event; all are handed to it where this is absent. Many that are of
   * no concern take one transaction, and the handler may be given them or not.
   */
  readonly concerns?: (event: EventEnvelope) => boolean;
  /** The streams the handler will append to when it gets this event; they are locked before its transaction begins. */
  readonly locks?: (event: EventEnvelope) => readonly string[];
  readonly retry?: RetryPolicy;
  /** Pause between two sweeps for what neither poke nor delivery brought. */
  readonly sweepEveryMs?: number;
  /** At most so many events that concern the handler in one transaction. */
  readonly batch?: number;
  /** At most so many streams handled at a time by this replica; keep it below the size of its connection pool. */
  readonly concurrency?: number;
  /** Told of everything that went wrong and is dealt with: retries, parked events, an unreachable bus or database. */
  readonly onProblem?: (problem: ConsumerProblem) => void;
}

export interface ConsumerProblem {
  readonly kind: 'retry' | 'parked' | 'sweep' | 'delivery';
  readonly consumer: string;
  readonly stream?: string;
  readonly version?: number;
  readonly error: unknown;
}

export interface Consumption extends Subscription {
  /** Resolves once the bus delivers; while the bus is away the sweep works all the same. */
  readonly ready: Promise<void>;
}
