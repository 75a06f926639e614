import { feedCursor, parseFeedCursor, type FeedCursor, type FeedPage } from '@missions/event-store';
import { systemClock, type Clock } from '@missions/kernel';
import { TailMovedError } from '../bus-error.ts';
import type { PokeSource } from '../pokes.ts';
import type { RelayedMessage, RelayMark, RelayTarget, Tail } from '../relay-target.ts';
import type { Subscription } from '../subscription.ts';
import { backoffMs, WakeableLoop } from '../wakeable-loop.ts';
import { AwaitedPokes } from './awaited-pokes.ts';
import type { Leadership } from './leadership.ts';
import type { Route } from './route.ts';
import type { FeedReader } from './sharing-feed.ts';

const DEFAULT_POLL_MS = 1_000;
const DEFAULT_BATCH = 256;
/** What need not be told at once is told together, so late at most. */
const TOGETHER_WITHIN_MS = 25;

export interface RelayOptions {
  /** Several relays in one process read through one `sharingFeed`. */
  readonly store: FeedReader;
  readonly bus: RelayTarget & PokeSource;
  readonly route: Route;
  /** Pause between two looks at log and tail when nothing wakes it. */
  readonly pollMs?: number;
  /** At most so many messages on their way at once. */
  readonly batch?: number;
  /**
   * Whose events are published as soon as they are announced, and awaited where an older transaction holds them back. Others
   * follow a moment later, together; where the newest of a stream suffices, only that. All by default.
   */
  readonly atOnce?: (stream: string) => boolean;
  /** Who reacts to pokes; the others only poll. Without it every relay reacts. */
  readonly leadership?: Pick<Leadership, 'holds'>;
  readonly clock?: Clock;
  /** Told of everything that will be tried again. */
  readonly onProblem?: (error: unknown) => void;
}

export interface RelayStatus {
  readonly stream: string;
  /** Messages published by this relay since it started. */
  readonly relayed: number;
  readonly sequence: number | undefined;
  readonly cursor: FeedCursor | undefined;
  /** How long the oldest event known to be due has been waiting; 0 when there is none. */
  readonly lagMs: number;
  /** What hinders it now. */
  readonly problem: string | undefined;
}

/**
 * Carries the log to a bus stream, in the order of the feed, without losing or doubling anything: every event that its route
 * maps, or how far each stream has come where that suffices.
 *
 * Its cursor is the newest message of the stream itself and its fence that message's sequence, so it keeps no state: any
 * number may run at once (the loser of a race reads the tail again), and after a wipe it begins with the log.
 */
export class Relay {
  readonly #options: RelayOptions;
  readonly #pollMs: number;
  readonly #batch: number;
  readonly #now: () => number;
  readonly #awaited: AwaitedPokes;
  readonly #loop: WakeableLoop;
  #pokes: Subscription | undefined;
  #tail: Tail | undefined;
  #tailReadAt = 0;
  #relayed = 0;
  #dueSince: number | undefined;
  #failures = 0;
  #problem: string | undefined;

  constructor(options: RelayOptions) {
    const clock = options.clock ?? systemClock;
    this.#options = options;
    this.#pollMs = options.pollMs ?? DEFAULT_POLL_MS;
    this.#batch = options.batch ?? DEFAULT_BATCH;
    this.#now = () => clock.now().getTime();
    this.#awaited = new AwaitedPokes(this.#now);
    this.#loop = new WakeableLoop({ round: (signal) => this.#round(signal) });
  }

  /**
   * Makes sure that the stream is there and as defined; for a service's start. Rejects with `TopologyError` when it is not,
   * and with a transient `BusError` or `StoreUnavailableError`, which `start` would get over by itself.
   */
  async prepare(): Promise<void> {
    await this.#currentTail();
  }

  start(): void {
    this.#pokes ??= this.#options.bus.onPoke((poke) => {
      if (this.#options.leadership?.holds() === false) return;
      if (!this.#isAtOnce(poke.stream)) {
        this.#loop.wakeWithin(TOGETHER_WITHIN_MS);
        return;
      }
      this.#awaited.add(poke);
      this.#loop.wake();
    });
    this.#loop.start();
  }

  async stop(): Promise<void> {
    await this.#pokes?.stop();
    await this.#loop.stop();
  }

  status(): RelayStatus {
    const since = this.#dueSince ?? this.#awaited.oldest;
    return {
      stream: this.#options.route.stream.name,
      relayed: this.#relayed,
      sequence: this.#tail?.sequence,
      cursor: this.#tail?.cursor,
      lagMs: since === undefined ? 0 : Math.max(0, this.#now() - since),
      problem: this.#problem,
    };
  }

  async #round(signal: AbortSignal): Promise<number> {
    try {
      await this.#drain(await this.#currentTail(), signal);
      this.#failures = 0;
      this.#problem = undefined;
      return this.#awaited.pauseMs(this.#pollMs);
    } catch (error) {
      this.#tail = undefined;
      if (signal.aborted) return 0;
      return this.#pauseAfter(error);
    }
  }

  #pauseAfter(error: unknown): number {
    this.#failures += 1;
    const lostRace = error instanceof TailMovedError;
    if (!lostRace || this.#failures > 3) {
      this.#problem = error instanceof Error ? error.message : String(error);
      this.#options.onProblem?.(error);
    }
    const jitter = 0.5 + Math.random();
    return jitter * backoffMs(this.#failures, { firstMs: lostRace ? 4 : 50, maxMs: 2_000 });
  }

  /** Looks at the real tail once per poll, so that a wipe is noticed even when nothing is to be published. */
  async #currentTail(): Promise<Tail> {
    if (this.#tail && this.#now() - this.#tailReadAt < this.#pollMs) return this.#tail;
    const { bus, route } = this.#options;
    const tail = await bus.tail(route.stream, (mark) => this.#isInLog(mark));
    this.#tailReadAt = this.#now();
    // Events this route leaves out move the cursor only here.
    if (this.#tail?.sequence !== tail.sequence) this.#tail = tail;
    return this.#tail;
  }

  async #drain(from: Tail, signal: AbortSignal): Promise<void> {
    let tail = from;
    let full = true;
    while (full && !signal.aborted) {
      const page = await this.#options.store.feed({ after: tail.cursor, limit: this.#batch });
      full = page.events.length === this.#batch;
      if (page.events.length > 0) tail = await this.#publish(tail, page);
    }
    this.#dueSince = undefined;
  }

  async #publish(tail: Tail, page: FeedPage): Promise<Tail> {
    const { bus, route } = this.#options;
    this.#dueSince = Date.parse(page.events[0]?.event.occurredAt ?? '') || this.#now();
    const messages = this.#told(tail, page).flatMap(({ event, cursor }): RelayedMessage[] => {
      const message = route.map(event);
      return message ? [{ contentType: 'application/json', ...message, id: event.id, cursor }] : [];
    });
    const sequence =
      messages.length === 0 ? tail.sequence : await bus.publish(route.stream, tail.sequence, messages);
    for (const { event } of page.events) this.#awaited.seen(event.stream, event.version);
    this.#relayed += messages.length;
    this.#tail = { sequence, cursor: page.next };
    return this.#tail;
  }

  /**
   * The last event of a page is always among them: its place is where the next page begins. So is the first of a stream that
   * is empty: old servers fence that message by its id alone, so that it has to be the same for every relay.
   */
  #told({ sequence }: Tail, { events }: FeedPage): FeedPage['events'] {
    if (this.#options.route.newestSuffices !== true) return events;
    const newest = new Map(events.map(({ event: { stream, version } }) => [stream, version]));
    const isFirstOfAll = (place: number): boolean => sequence === 0 && place === 0;
    return events.filter(
      ({ event: { stream, version } }, place) =>
        this.#isAtOnce(stream) || newest.get(stream) === version || isFirstOfAll(place),
    );
  }

  #isAtOnce(stream: string): boolean {
    return this.#options.atOnce?.(stream) ?? true;
  }

  /** A message counts as the tail only if the log has that event at that place: anybody's bytes may lie on the bus. */
  async #isInLog({ id, cursor }: RelayMark): Promise<boolean> {
    const place = placeBefore(cursor);
    if (place === undefined) return false;
    const page = await this.#options.store.feed({ after: place, limit: 1 });
    const [entry] = page.events;
    return entry?.cursor === cursor && entry.event.id === id;
  }
}

function placeBefore(cursor: FeedCursor): FeedCursor | undefined {
  try {
    const { tx, pos } = parseFeedCursor(cursor);
    return pos > 0n ? feedCursor(tx, pos - 1n) : undefined;
  } catch {
    return undefined;
  }
}
