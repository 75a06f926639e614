import { delay } from '@missions/kernel';

export interface TailPage<Item, Place> {
  readonly items: readonly { readonly item: Item; readonly place: Place }[];
  /** Behind the last item, or the place given when there was none. */
  readonly next: Place;
}

export interface TailOptions<Item, Place> {
  /** What lies behind a place in the log, oldest first. */
  readonly read: (after: Place) => Promise<TailPage<Item, Place>>;
  /** Negative when the first lies before the second. */
  readonly compare: (left: Place, right: Place) => number;
}

const MAX_KEPT = 2_000;
/** A fact may become visible in the feed only some time after its commit was announced. */
const LOOK_AGAIN_MS = [0, 30, 60, 120, 240];

/**
 * The end of a log, read once for everybody who follows it: a subscriber that has caught up is served from memory, however
 * many there are.
 */
export class SharedTail<Item, Place> {
  private readonly options: TailOptions<Item, Place>;
  private from: Place | undefined;
  private end: Place | undefined;
  private kept: TailPage<Item, Place>['items'] = [];
  private looking: Promise<void> | undefined;
  private reading: Promise<boolean> | undefined;
  private changed = Promise.withResolvers<undefined>();

  constructor(options: TailOptions<Item, Place>) {
    this.options = options;
  }

  /** What lies behind the place; empty when there is nothing yet. */
  async page(after: Place): Promise<TailPage<Item, Place>> {
    const { compare, read } = this.options;
    if (this.from !== undefined && compare(this.from, after) <= 0) {
      const items = this.kept.filter(({ place }) => compare(place, after) > 0);
      return { items, next: items.at(-1)?.place ?? after };
    }
    const page = await read(after);
    if (page.items.length === 0 && this.from === undefined) this.startAt(page.next);
    return page;
  }

  /** Looks for news after something announced them; tells everybody who waits. */
  wake(): void {
    this.looking ??= this.look().finally(() => {
      this.looking = undefined;
    });
  }

  /** Looks once, for news that nothing announced. */
  async poll(): Promise<void> {
    await this.takeNew();
  }

  /** Resolves when there is something new since the call, at the latest after `limitMs`; rejects when aborted. */
  async news(limitMs: number, signal: AbortSignal): Promise<void> {
    const stop = new AbortController();
    try {
      await Promise.race([this.changed.promise, delay(limitMs, AbortSignal.any([signal, stop.signal]))]);
    } finally {
      stop.abort();
    }
  }

  private startAt(place: Place): void {
    this.from = place;
    this.end = place;
  }

  private async look(): Promise<void> {
    for (const pauseMs of LOOK_AGAIN_MS) {
      if (pauseMs > 0) await delay(pauseMs);
      // A reader that fails will be asked again by the next poke or poll.
      if (await this.takeNew().catch(() => true)) return;
    }
  }

  /** One read at a time, whoever asks: two would take the same items twice. */
  private takeNew(): Promise<boolean> {
    this.reading ??= this.readNew().finally(() => {
      this.reading = undefined;
    });
    return this.reading;
  }

  private async readNew(): Promise<boolean> {
    if (this.end === undefined) {
      this.announce();
      return true;
    }
    const page = await this.options.read(this.end);
    if (page.items.length === 0) return false;
    this.end = page.next;
    this.kept = [...this.kept, ...page.items];
    const surplus = this.kept.length - MAX_KEPT;
    if (surplus > 0) {
      this.from = this.kept[surplus - 1]?.place ?? this.from;
      this.kept = this.kept.slice(surplus);
    }
    this.announce();
    return true;
  }

  private announce(): void {
    const { resolve } = this.changed;
    this.changed = Promise.withResolvers();
    resolve(undefined);
  }
}
