import { ConcurrencyError } from '@missions/kernel';
import { idTaken, staleToken } from '../append-refusals.ts';
import { CHAIN_START, chainHash, type ChainedEvent } from '../hash-chain.ts';
import type { PreparedAppend } from '../prepared-append.ts';

/** What an append would do: write these events, or nothing because they are there. */
export interface Appended {
  readonly events: readonly ChainedEvent[];
  readonly repeated: boolean;
}

/** Events in the order of their commits, and for transactions a draft on top that others do not see. */
export class MemoryLog {
  readonly #beneath: MemoryLog | undefined;
  readonly #order: ChainedEvent[] = [];
  readonly #streams = new Map<string, ChainedEvent[]>();
  readonly #byId = new Map<string, ChainedEvent>();

  constructor(beneath?: MemoryLog) {
    this.#beneath = beneath;
  }

  /** Every event, in the order of commits. */
  get order(): readonly ChainedEvent[] {
    return this.#order;
  }

  get streams(): readonly string[] {
    return [...this.#streams.keys()].toSorted();
  }

  stream(name: string): readonly ChainedEvent[] {
    return [...(this.#beneath?.stream(name) ?? []), ...(this.#streams.get(name) ?? [])];
  }

  head(name: string): ChainedEvent | undefined {
    return this.#streams.get(name)?.at(-1) ?? this.#beneath?.head(name);
  }

  /** Checks an append by the rules of `EventStore.append` and records it. */
  append(append: PreparedAppend): Appended {
    const { stream, expectedVersion, token } = append;
    const repeated = this.#repeated(append);
    if (repeated) return { events: repeated, repeated: true };
    const head = this.head(stream);
    const version = head?.version ?? 0;
    if (expectedVersion !== 'any' && expectedVersion !== version) {
      throw new ConcurrencyError(stream, expectedVersion, version);
    }
    refuseStale(stream, token, head?.token);
    const events = chained(append, head);
    this.#record(events);
    return { events, repeated: false };
  }

  /** Commits a draft: all of its events, or none when one of the ids was written meanwhile. */
  commit(draft: MemoryLog): void {
    for (const { id, stream } of draft.#order) if (this.#byId.has(id)) throw idTaken(stream);
    this.#record(draft.#order);
  }

  #record(events: readonly ChainedEvent[]): void {
    for (const event of events) {
      this.#order.push(event);
      this.#byId.set(event.id, event);
      const stream = this.#streams.get(event.stream);
      if (stream) stream.push(event);
      else this.#streams.set(event.stream, [event]);
    }
  }

  #repeated({ stream, events }: PreparedAppend): readonly ChainedEvent[] | undefined {
    const known = events.map(({ id }) => this.find(id)).filter((event) => event !== undefined);
    if (known.length === 0) return undefined;
    const same = events.every(({ id, type }) => {
      const event = this.find(id);
      return event?.stream === stream && event.type === type;
    });
    if (!same) throw idTaken(stream);
    return known.toSorted((a, b) => a.version - b.version);
  }

  find(id: string): ChainedEvent | undefined {
    return this.#byId.get(id) ?? this.#beneath?.find(id);
  }
}

function chained(append: PreparedAppend, head: ChainedEvent | undefined): readonly ChainedEvent[] {
  const { stream, token } = append;
  let before = head?.hash ?? CHAIN_START;
  return append.events.map((prepared, index) => {
    const event = { ...prepared, stream, token, version: (head?.version ?? 0) + index + 1 };
    before = chainHash(before, event);
    return { ...event, hash: before };
  });
}

function refuseStale(stream: string, token: number | undefined, highest: number | undefined): void {
  if (!stream.startsWith('run-') || highest === undefined) return;
  if (token === undefined || token < highest) throw staleToken({ stream, token, highest });
}
