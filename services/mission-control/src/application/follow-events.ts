import type { PokeSource } from '@missions/bus';
import { missionIdOfStream } from '@missions/contracts';
import { compareCursors, parseFeedCursor, type EventStore } from '@missions/event-store';
import { delay, DomainError, type EventEnvelope } from '@missions/kernel';
import { missionStream } from '@missions/mission';
import { SharedTail, type TailPage } from './shared-tail.ts';

/** Events with the place behind each, as a reader names it: SEQ for one mission, opaque over all. */
export interface FollowedPage {
  readonly events: readonly { readonly event: EventEnvelope; readonly place: string }[];
  /** True for a page after which nothing is known yet. */
  readonly atEnd: boolean;
}

export interface FollowRequest {
  readonly missionId: string | undefined;
  readonly after: string | undefined;
  readonly follow: boolean;
  readonly signal: AbortSignal;
}

const PAGE = 500;
/** Everything that happened meanwhile goes out in one write: the clients of a busy system are many. */
const TICK_MS = 20;
const POLL_MS = 1_000;
const FEED_START = '0.0';

type Tail<Place> = SharedTail<EventEnvelope, Place>;

/** Follows missions for any number of readers: from any place without a gap, then as it happens. */
export class FollowEvents {
  private readonly tails = new Map<string, { readonly tail: Tail<number>; readers: number }>();
  private readonly feed: Tail<string>;

  constructor(
    private readonly store: EventStore,
    pokes: PokeSource,
  ) {
    this.feed = new SharedTail({ read: (after) => this.readFeed(after), compare: compareCursors });
    pokes.onPoke(({ stream }) => {
      const missionId = missionIdOfStream(stream);
      if (missionId === undefined) return;
      this.feed.wake();
      this.tails.get(missionId)?.tail.wake();
    });
  }

  /** Pages of events; ends at the end of the log, or never if it follows. */
  async *pages({ missionId, after, follow, signal }: FollowRequest): AsyncGenerator<FollowedPage, void> {
    if (missionId === undefined) {
      const pages = read(this.feed, feedPlace(after), { follow, signal });
      for await (const page of pages) yield followed(page, cursorText);
      return;
    }
    const held = this.hold(missionId);
    try {
      const pages = read(held.tail, seqPlace(after), { follow, signal });
      for await (const page of pages) yield followed(page, String);
    } finally {
      held.readers -= 1;
      if (held.readers === 0) this.tails.delete(missionId);
    }
  }

  private hold(missionId: string): { readonly tail: Tail<number>; readers: number } {
    const known = this.tails.get(missionId) ?? { tail: this.missionTail(missionId), readers: 0 };
    known.readers += 1;
    this.tails.set(missionId, known);
    return known;
  }

  private missionTail(missionId: string): Tail<number> {
    return new SharedTail({
      compare: (left, right) => left - right,
      read: async (after) => {
        const events = await this.store.read(missionStream(missionId), { after, limit: PAGE });
        const items = events.map((event) => ({ item: event, place: event.version }));
        return { items, next: items.at(-1)?.place ?? after };
      },
    });
  }

  /** Pages of the feed may hold nothing of a mission and still lead on. */
  private async readFeed(after: string): Promise<TailPage<EventEnvelope, string>> {
    for (let place = after; ;) {
      const page = await this.store.feed({ after: place, limit: PAGE, streamPrefix: 'mission-' });
      const next = page.next ?? place;
      if (page.events.length > 0 || next === place)
        return { items: page.events.map(({ event, cursor }) => ({ item: event, place: cursor })), next };
      place = next;
    }
  }
}

interface Reading {
  readonly follow: boolean;
  readonly signal: AbortSignal;
}

async function* read<Place>(
  tail: Tail<Place>,
  start: Place,
  { follow, signal }: Reading,
): AsyncGenerator<TailPage<EventEnvelope, Place>, void> {
  let place = start;
  for (;;) {
    signal.throwIfAborted();
    // Taken before looking: news that come between the look and the wait are not missed.
    const news = follow ? tail.news(POLL_MS, signal) : undefined;
    news?.catch(() => undefined);
    const page = await tail.page(place);
    place = page.next;
    yield page;
    if (page.items.length > 0) continue;
    if (news === undefined) return;
    await news;
    await delay(TICK_MS, signal);
    if ((await tail.page(place)).items.length === 0) await tail.poll();
  }
}

function followed<Place>(
  { items }: TailPage<EventEnvelope, Place>,
  text: (place: Place) => string,
): FollowedPage {
  return {
    events: items.map(({ item, place }) => ({ event: item, place: text(place) })),
    atEnd: items.length === 0,
  };
}

function seqPlace(after: string | undefined): number {
  if (after === undefined || after === '') return 0;
  if (/^\d{1,9}$/.test(after)) return Number(after);
  throw badPlace(after, 'the version of a mission is a number');
}

function cursorText(cursor: string): string {
  return Buffer.from(cursor, 'latin1').toString('base64url');
}

function feedPlace(after: string | undefined): string {
  if (after === undefined || after === '') return FEED_START;
  const cursor = Buffer.from(after, 'base64url').toString('latin1');
  try {
    parseFeedCursor(cursor);
    return cursor;
  } catch {
    throw badPlace(after, 'a cursor over all missions comes from an event of this feed');
  }
}

function badPlace(after: string, why: string): DomainError {
  return new DomainError(
    'MALFORMED_REQUEST',
    `after: ${after.slice(0, 60)} is no place to go on from: ${why}.`,
    {
      after: after.slice(0, 60),
    },
  );
}
