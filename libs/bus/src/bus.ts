import type { DeliverySource } from './delivery-source.ts';
import type { Poker, PokeSource } from './pokes.ts';
import type { RelayTarget } from './relay-target.ts';
import type { Requester, Responder } from './request-reply.ts';

export interface BusStatus {
  readonly connected: boolean;
  /** Where it is connected to, or was last. */
  readonly server: string | undefined;
  readonly disconnects: number;
  readonly lastError: string | undefined;
}

/** The doorbell: everything that travels between services without being the truth. May be wiped at any moment. */
export interface Bus extends Poker, PokeSource, RelayTarget, DeliverySource, Requester, Responder {
  readonly status: () => BusStatus;
  /** Stops every subscription, sends what is buffered and disconnects; may be called twice. */
  readonly close: () => Promise<void>;
}
