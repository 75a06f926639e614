import type { Subscription } from './subscription.ts';

export interface RequestOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/**
 * Asks another service and waits for its answer. Rejects with a `BusError` (`BUS_NO_RESPONDERS`, `BUS_TIMEOUT`,
 * `BUS_DISCONNECTED`, `BUS_ABORTED`, `BUS_REMOTE_FAULT`) or with the `DomainError` or `ConcurrencyError` the other side
 * threw. After a timeout it is unknown whether it was done: commands carry an id, so that asking again is safe.
 */
export interface Requester {
  readonly request: (subject: string, payload: unknown, options: RequestOptions) => Promise<unknown>;
}

export interface Responder {
  /** Answers requests on a subject; each request reaches one member of the queue. `undefined` is answered as null. */
  readonly respond: (
    subject: string,
    queue: string,
    handler: (payload: unknown) => Promise<unknown>,
  ) => Subscription;
}
