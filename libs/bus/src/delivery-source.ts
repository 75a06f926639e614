import type { EventPointer } from './pointer.ts';
import type { Subscription } from './subscription.ts';

export interface DeliveryRequest {
  /** Durable name; replicas with the same name share the work, others get everything for themselves. */
  readonly service: string;
  /** Resolved: acknowledged. Rejected: delivered again later. As long as it runs, the message stays this replica's. */
  readonly onDelivery: (pointer: EventPointer) => Promise<void>;
  /** Called with what went wrong and will be tried again (lost connection, wiped store, unreadable message). */
  readonly onProblem?: (error: unknown) => void;
}

export interface Deliveries extends Subscription {
  /** Resolves once every partition has been subscribed to for the first time. */
  readonly ready: Promise<void>;
}

/**
 * At-least-once delivery of the internal stream, in the order of each partition, one at a time per partition and service.
 * Re-creates what it needs after a wipe, and then delivers everything again.
 */
export interface DeliverySource {
  readonly deliver: (request: DeliveryRequest) => Deliveries;
}
