import type { EventPointer } from './pointer.ts';
import type { Subscription } from './subscription.ts';

export interface DeliveryRequest {
  /** Durable name; replicas with the same name share the work, others get everything for themselves. */
  readonly service: string;
  /** Resolved: acknowledged. Rejected: delivered again later, and also while it takes longer than the topology's `ackWaitMs`. */
  readonly onDelivery: (pointer: EventPointer) => Promise<void>;
  /** Called with what went wrong and will be tried again (lost connection, wiped store, unreadable message). */
  readonly onProblem?: (error: unknown) => void;
}

export interface Deliveries extends Subscription {
  /** Resolves once every partition has been subscribed to for the first time. */
  readonly ready: Promise<void>;
}

/**
 * At-least-once delivery of the internal stream, several at a time and in any order: a pointer says how far its stream has
 * come at least. Re-creates what it needs after a wipe, and then delivers everything again.
 */
export interface DeliverySource {
  readonly deliver: (request: DeliveryRequest) => Deliveries;
}
