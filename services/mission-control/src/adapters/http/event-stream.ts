import { publicNameOf, toCloudEvent, type CloudEvent } from '@missions/contracts';
import type { FollowedPage } from '../../application/follow-events.ts';

export interface StreamFormat {
  /** Public names with `*` for anything; several are separated by commas. */
  readonly type: string | undefined;
  /** Then every event names its place in the feed. */
  readonly allMissions: boolean;
  readonly signal: AbortSignal;
}

type Pages = AsyncGenerator<FollowedPage, void>;
type FirstPage = IteratorResult<FollowedPage, void>;

const HEARTBEAT_MS = 15_000;

/** One CloudEvent a line. */
export async function* ndjson(first: FirstPage, pages: Pages, format: StreamFormat): AsyncGenerator<string> {
  for await (const events of cloudEvents(first, pages, format)) {
    if (events.length > 0) yield events.map(({ event }) => `${JSON.stringify(event)}\n`).join('');
  }
}

/** Server-sent events: `id` is the place to go on from, a comment every 15 s says that the connection lives. */
export async function* serverSentEvents(
  first: FirstPage,
  pages: Pages,
  format: StreamFormat,
): AsyncGenerator<string> {
  let saidAt = performance.now();
  yield 'retry: 1000\n: connected\n\n';
  for await (const events of cloudEvents(first, pages, format)) {
    const quiet = performance.now() - saidAt >= HEARTBEAT_MS;
    if (events.length === 0 && !quiet) continue;
    saidAt = performance.now();
    yield events.length === 0
      ? ': heartbeat\n\n'
      : events.map(({ event, place }) => `id: ${place}\ndata: ${JSON.stringify(event)}\n\n`).join('');
  }
}

interface PlacedEvent {
  readonly event: CloudEvent;
  readonly place: string;
}

async function* cloudEvents(
  first: FirstPage,
  pages: Pages,
  { type, allMissions, signal }: StreamFormat,
): AsyncGenerator<readonly PlacedEvent[]> {
  const wanted = matcher(type);
  try {
    for (let page = first; page.done !== true; page = await pages.next()) {
      yield page.value.events.flatMap(({ event: stored, place }) => {
        const event = toCloudEvent(stored);
        if (event === undefined || !wanted(publicNameOf(event))) return [];
        return [{ place, event: allMissions ? { ...event, cursor: place } : event }];
      });
    }
  } catch (error) {
    // The client or the service is gone: the end of the stream is all there is to say.
    if (!signal.aborted) throw error;
  } finally {
    await pages.return();
  }
}

function matcher(type: string | undefined): (name: string) => boolean {
  if (type === undefined || type === '') return () => true;
  const patterns = type.split(',').map((glob) => {
    const escaped = glob.trim().replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`);
    return new RegExp(`^${escaped.replaceAll(/\*+/g, '.*')}$`);
  });
  return (name) => patterns.some((pattern) => pattern.test(name));
}
