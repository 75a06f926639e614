import type { EventEnvelope, Secret } from '@missions/kernel';
import type { AuditSource } from '../audit.ts';
import type {
  AppendResult,
  EventStore,
  EventTransaction,
  ReadOptions,
  StreamAppend,
} from '../event-store.ts';
import { feedCursor, parseFeedCursor, type FeedPage, type FeedRequest, type StreamHeads } from '../feed.ts';
import type { ChainedEvent } from '../hash-chain.ts';
import { envelopesBehind, prepareAppend, type PreparedAppend } from '../prepared-append.ts';
import { guardAgainst, type SecretGuard } from '../secret-guard.ts';
import { envelopeOf } from '../stored-event.ts';
import { createUpcast, type Upcast, type Upcaster } from '../upcasting.ts';
import { MemoryLog } from './memory-log.ts';
import { StreamLocks } from './stream-locks.ts';

export interface MemoryEventStoreOptions {
  /** Values that must never be written; see `SECRET_IN_EVENT`. */
  readonly forbidden?: readonly Secret[];
  readonly upcasters?: readonly Upcaster[];
  /** Longest wait for a stream that a transaction has locked. */
  readonly waitMs?: number;
  /** What may be called beside an append. */
  readonly calls?: Readonly<Record<string, BesideCall>>;
  /** Share the log of this store, as two services share one database. */
  readonly over?: MemoryEventStore;
}

/** Throws before it has changed anything, so that nothing is written. */
export type BesideCall = (argument: unknown) => unknown;

/** The log in memory, with the behaviour of the one in Postgres; for tests and simulations. */
export class MemoryEventStore implements EventStore<undefined>, AuditSource {
  readonly #log: MemoryLog;
  readonly #locks: StreamLocks;
  readonly #waitMs: number;
  readonly #upcast: Upcast;
  readonly #guard: SecretGuard;
  readonly #calls: Readonly<Record<string, BesideCall>>;

  constructor(options: MemoryEventStoreOptions = {}) {
    this.#log = options.over ? options.over.#log : new MemoryLog();
    this.#locks = options.over ? options.over.#locks : new StreamLocks();
    this.#waitMs = options.waitMs ?? 10_000;
    this.#upcast = createUpcast(options.upcasters);
    this.#guard = guardAgainst(options.forbidden ?? []);
    this.#calls = options.calls ?? {};
  }

  async append(append: StreamAppend): Promise<AppendResult> {
    return this.#locks.holding([append.stream], this.#waitMs, () => {
      const draft = new MemoryLog(this.#log);
      const result = this.#appendTo(draft, append);
      this.#log.commit(draft);
      return result;
    });
  }

  read(stream: string, options?: ReadOptions): Promise<readonly EventEnvelope[]> {
    return Promise.resolve(this.#readFrom(this.#log, stream, options));
  }

  head(stream: string): Promise<number> {
    return Promise.resolve(this.#log.head(stream)?.version ?? 0);
  }

  transact<R>(streams: readonly string[], work: (tx: EventTransaction<undefined>) => Promise<R>): Promise<R> {
    return this.#locks.holding(streams, this.#waitMs, async () => {
      const draft = new MemoryLog(this.#log);
      const result = await work(this.#transaction(draft, new Set(streams)));
      this.#log.commit(draft);
      return result;
    });
  }

  feed(request: FeedRequest): Promise<FeedPage> {
    const { looked, next } = this.#settled(request);
    const events = looked
      .filter(({ event }) => event.stream.startsWith(request.streamPrefix ?? ''))
      .map(({ event, cursor }) => ({ event: this.#envelope(event), cursor }));
    return Promise.resolve({ events, next, isLast: looked.length < request.limit });
  }

  headsAfter(request: FeedRequest): Promise<StreamHeads> {
    const { looked, next } = this.#settled(request);
    const heads = new Map<string, number>();
    for (const { event } of looked) {
      if (event.stream.startsWith(request.streamPrefix ?? '')) heads.set(event.stream, event.version);
    }
    return Promise.resolve({
      heads: [...heads].map(([stream, version]) => ({ stream, version })),
      next,
      isLast: looked.length < request.limit,
    });
  }

  streams(): Promise<readonly string[]> {
    return Promise.resolve(this.#log.streams);
  }

  stored(
    stream: string,
    { after, limit }: { after: number; limit: number },
  ): Promise<readonly ChainedEvent[]> {
    return Promise.resolve(this.#log.stream(stream).slice(after, after + limit));
  }

  #appendTo(log: MemoryLog, append: StreamAppend): AppendResult {
    const prepared = prepareAppend(append, this.#guard);
    const { stream } = append;
    const before = log.head(stream)?.version ?? 0;
    if (append.events.length === 0) return { stream, version: before, events: [], repeated: false };
    const { events, repeated } = log.append(prepared);
    const version = events.at(-1)?.version ?? before;
    if (repeated) return { stream, version, events: events.map((event) => this.#envelope(event)), repeated };
    const answer = this.#callBeside(prepared);
    const appended = envelopesBehind(before, append);
    return { stream, version, events: appended, repeated, ...(prepared.beside && { answer }) };
  }

  #callBeside({ beside }: PreparedAppend): unknown {
    if (beside === undefined) return undefined;
    const call = this.#calls[beside.call];
    if (call === undefined) throw new Error(`Nothing is called ${beside.call} here.`);
    return call(JSON.parse(beside.argument));
  }

  #readFrom(
    log: MemoryLog,
    stream: string,
    { after = 0, limit }: ReadOptions = {},
  ): readonly EventEnvelope[] {
    const end = limit === undefined ? undefined : after + limit;
    return log
      .stream(stream)
      .slice(after, end)
      .map((event) => this.#envelope(event));
  }

  #settled({ after, limit }: FeedRequest): {
    readonly looked: readonly { readonly event: ChainedEvent; readonly cursor: string }[];
    readonly next: string | undefined;
  } {
    const from = after === undefined ? 0 : Number(parseFeedCursor(after).pos);
    const looked = this.#log.order
      .slice(from, from + limit)
      .map((event, index) => ({ event, cursor: feedCursor(1, from + index + 1) }));
    return { looked, next: looked.at(-1)?.cursor ?? after };
  }

  #envelope(event: ChainedEvent): EventEnvelope {
    const { meta, data, token } = event;
    const row = {
      ...event,
      token: token ?? null,
      meta: JSON.parse(meta) as Parameters<typeof envelopeOf>[0]['meta'],
      data: JSON.parse(data) as unknown,
    };
    return this.#upcast(envelopeOf(row));
  }

  #transaction(draft: MemoryLog, locked: ReadonlySet<string>): EventTransaction<undefined> {
    return {
      rows: undefined,
      read: (stream, options) => Promise.resolve(this.#readFrom(draft, stream, options)),
      head: (stream) => Promise.resolve(draft.head(stream)?.version ?? 0),
      append: (append) => {
        if (locked.has(append.stream)) return Promise.resolve().then(() => this.#appendTo(draft, append));
        return Promise.reject(new Error(`${append.stream} was not locked by this transaction.`));
      },
    };
  }
}
