import { isTransient, type EventStore } from '@missions/event-store';
import { delay, type EventEnvelope } from '@missions/kernel';
import { cursorLock, type Cursors, type Position } from '../cursors.ts';
import { backoffMs } from '../wakeable-loop.ts';
import type { ConsumerOptions, ConsumerProblem, RetryPolicy } from './consumer.ts';
import { SeenStreams } from './seen-streams.ts';

const DEFAULT_RETRY: RetryPolicy = { tries: 5, firstDelayMs: 50, maxDelayMs: 2_000 };
const DEFAULT_BATCH = 50;
/** With so many events of no concern behind it a cursor is moved: they would be read again after a restart. */
const MAX_PASSED_OVER = 200;
/** Read at once where the last ones were of no concern. */
const LOOK_AHEAD = 100;

/** An event that would not be applied, and how often. */
interface Failing {
  readonly version: number;
  readonly tries: number;
  readonly error: unknown;
}

interface Progress {
  applying: number;
}

/** What is to be applied, and where the cursor was when that was found. */
interface Batch {
  readonly position: Position;
  readonly events: readonly EventEnvelope[];
  /** Nothing lay behind them when they were read. */
  readonly isLast: boolean;
}

/** What one transaction does: it hands over the events, if there are any, and moves the cursor. */
interface Step extends Pick<Batch, 'position' | 'events'> {
  readonly stream: string;
  /** Where the cursor stands after it. */
  readonly to: number;
}

export interface StreamApplierParts<Rows> {
  readonly store: EventStore<Rows>;
  readonly cursors: Cursors<Rows>;
  readonly options: ConsumerOptions<Rows>;
  readonly signal: AbortSignal;
}

/** Brings one stream of one consumer up to date with the log: the same function for poke, delivery and sweep. */
export class StreamApplier<Rows> {
  readonly #store: EventStore<Rows>;
  readonly #cursors: Cursors<Rows>;
  readonly #options: ConsumerOptions<Rows>;
  readonly #signal: AbortSignal;
  readonly #retry: RetryPolicy;
  readonly #seen = new SeenStreams();

  constructor({ store, cursors, options, signal }: StreamApplierParts<Rows>) {
    this.#store = store;
    this.#cursors = cursors;
    this.#options = options;
    this.#signal = signal;
    this.#retry = options.retry ?? DEFAULT_RETRY;
  }

  /** Whether this replica knows that the consumer needs nothing more to have seen this version. */
  hasSeen(stream: string, version: number): boolean {
    return (this.#seen.get(stream)?.version ?? 0) >= version;
  }

  /**
   * Applies every event behind the cursor, in order, until there is none or one is parked. Rejects with a transient fault
   * at once and when it is stopped; the events applied until then stay applied.
   */
  async apply(stream: string): Promise<void> {
    let ahead = await this.#lookAhead(stream);
    if (ahead?.events.length === 0) return;
    let failing: Failing | undefined;
    for (;;) {
      this.#signal.throwIfAborted();
      const position = ahead?.position ?? (await this.#cursors.position(this.#options.service, stream));
      if (position.parked) return;
      if (failing && position.version >= failing.version) failing = undefined;
      const limit = this.#limit(position, failing);
      const progress: Progress = { applying: position.version + 1 };
      try {
        const { events, isLast } = ahead ?? (await this.#readBehind(stream, position, limit));
        if (events.length === 0) {
          this.#seen.note(stream, { version: position.version, cursor: position.version });
          return;
        }
        const to = events.at(-1)?.version ?? position.version;
        const isOn = await this.#commit({ stream, position, events, to }, progress);
        if (isOn && isLast) return;
      } catch (error) {
        failing = this.#count(stream, { error, version: progress.applying, before: failing });
        if (failing.tries >= this.#retry.tries) await this.#park(stream, failing);
        else await this.#pause(failing.tries);
      }
      ahead = undefined;
    }
  }

  async #readBehind(stream: string, position: Position, limit: number): Promise<Batch> {
    const events = await this.#store.read(stream, { after: position.version, limit });
    return { position, events, isLast: events.length < limit };
  }

  /**
   * Reads on from where this replica has looked last, and passes over what is of no concern to the handler: that takes a
   * transaction once in so many events, to move the cursor. What comes next for it, nothing when there is nothing; undefined
   * when only the cursor tells where to begin.
   */
  async #lookAhead(stream: string): Promise<Batch | undefined> {
    try {
      return await this.#readOn(stream);
    } catch (error) {
      if (isTransient(error) || this.#signal.aborted) throw error;
      return undefined;
    }
  }

  async #readOn(stream: string): Promise<Batch | undefined> {
    const { concerns, batch = DEFAULT_BATCH } = this.#options;
    for (let seen = concerns && this.#seen.get(stream); concerns && seen; seen = this.#seen.get(stream)) {
      this.#signal.throwIfAborted();
      const position = { version: seen.cursor, parked: false };
      if (seen.version - seen.cursor >= MAX_PASSED_OVER) {
        const passedOver = { stream, position, events: [], to: seen.version };
        if (!(await this.#commit(passedOver))) return undefined;
        continue;
      }
      const limit = seen.version > seen.cursor ? LOOK_AHEAD : batch;
      const events = await this.#store.read(stream, { after: seen.version, limit });
      const isLast = events.length < limit;
      const beyond = events.filter(concerns)[batch];
      if (beyond)
        return { position, events: events.filter((event) => event.version < beyond.version), isLast: false };
      if (events.some(concerns)) return { position, events, isLast };
      this.#seen.note(stream, { ...seen, version: seen.version + events.length });
      if (isLast) return { position, events: [], isLast };
    }
    return undefined;
  }

  /** After a failure: first the events before the failing one, then that one alone. */
  #limit(position: Position, failing: Failing | undefined): number {
    if (failing) return Math.max(1, failing.version - position.version - 1);
    return this.#options.batch ?? DEFAULT_BATCH;
  }

  /**
   * Leaves out what another replica has applied since the events were read. False when they are not what comes next: an event
   * before them is parked, or the cursor was set back behind the position they were read from.
   */
  async #commit({ stream, position, events, to }: Step, progress?: Progress): Promise<boolean> {
    const { service, handle, locks } = this.#options;
    const effects: (() => void)[] = [];
    const wanted = new Set([cursorLock(service, stream), ...events.flatMap((e) => locks?.(e) ?? [])]);
    const isNext = (held: Position): boolean => !held.parked && held.version >= position.version;
    const cursor = await this.#store.transact([...wanted], async (tx) => {
      effects.length = 0;
      const held = await this.#cursors.positionIn(tx.rows, service, stream);
      if (!isNext(held) || held.version >= to) return held;
      for (const event of events.filter((one) => one.version > held.version)) {
        if (progress) progress.applying = event.version;
        await handle(event, { tx, afterCommit: (effect) => effects.push(effect) });
      }
      await this.#cursors.move(tx.rows, service, { stream, version: to });
      return { version: to, parked: false };
    });
    this.#seen.note(stream, { version: cursor.version, cursor: cursor.version });
    for (const effect of effects) effect();
    return isNext(cursor);
  }

  #count(stream: string, failure: { error: unknown; version: number; before: Failing | undefined }): Failing {
    const { error, version, before } = failure;
    if (isTransient(error) || this.#signal.aborted) throw error;
    const tries = before?.version === version ? before.tries + 1 : 1;
    this.#report({ kind: 'retry', stream, version, error });
    return { version, tries, error };
  }

  async #park(stream: string, { version, tries, error }: Failing): Promise<void> {
    const consumer = this.#options.service;
    await this.#store.transact([cursorLock(consumer, stream)], async (tx) => {
      const held = await this.#cursors.positionIn(tx.rows, consumer, stream);
      if (held.parked || held.version >= version) return;
      const pointer = { consumer, stream, version, tries, error: describe(error) };
      await this.#cursors.park(tx.rows, pointer);
    });
    this.#report({ kind: 'parked', stream, version, error });
  }

  #pause(tries: number): Promise<void> {
    const { firstDelayMs, maxDelayMs } = this.#retry;
    return delay(backoffMs(tries, { firstMs: firstDelayMs, maxMs: maxDelayMs }), this.#signal);
  }

  #report(problem: Omit<ConsumerProblem, 'consumer'>): void {
    this.#options.onProblem?.({ ...problem, consumer: this.#options.service });
  }
}

const MAX_ERROR_LENGTH = 2_000;

function describe(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return text.slice(0, MAX_ERROR_LENGTH);
}
