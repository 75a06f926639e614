/** How far a replica knows a consumer to have come in a stream; the cursor may lie behind it or before it. */
export interface Seen {
  /** Every event up to here is applied, or of no concern to the handler. */
  readonly version: number;
  /** Where the cursor was when this replica last read or moved it. */
  readonly cursor: number;
}

const MAX_STREAMS = 10_000;

/**
 * What one replica remembers of streams, so that it need not ask the database about every delivery. Only a memory: it may be
 * forgotten at any time, and never says more than what is so, since a cursor does not go back.
 */
export class SeenStreams {
  readonly #seen = new Map<string, Seen>();

  get(stream: string): Seen | undefined {
    return this.#seen.get(stream);
  }

  /** The streams heard of longest ago are forgotten first. */
  note(stream: string, seen: Seen): void {
    this.#seen.delete(stream);
    this.#seen.set(stream, seen);
    const oldest = this.#seen.keys().next();
    if (this.#seen.size > MAX_STREAMS && oldest.done !== true) this.#seen.delete(oldest.value);
  }
}
