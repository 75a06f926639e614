/** The store could not be reached or gave up midway; the same call may be repeated, since appends are idempotent by id. */
export class StoreUnavailableError extends Error {
  readonly kind = 'fault';
  readonly code = 'STORE_UNAVAILABLE';
  readonly transient = true;
  constructor(what: string, options: { readonly cause: unknown }) {
    super(`The event store is unavailable: ${what}`, options);
    this.name = 'StoreUnavailableError';
  }
}

/** Whether repeating the same call later may succeed. */
export function isTransient(error: unknown): boolean {
  return typeof error === 'object' && error !== null && (error as { transient?: unknown }).transient === true;
}
