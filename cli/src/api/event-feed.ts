import { cloudEventSchema, type CloudEvent } from '@missions/contracts';
import { delay } from '@missions/kernel';
import { createParser } from 'eventsource-parser';
import { CliError } from '../cli-error.ts';
import type { Api } from './api.ts';

export interface FeedRequest {
  readonly mission?: string;
  readonly after?: string | undefined;
  readonly type?: string | undefined;
  readonly signal: AbortSignal;
  /** Told when the connection was lost and is tried again. */
  readonly onReconnect?: (pauseMs: number) => void;
}

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;
/** Three heartbeats: a connection that says nothing for so long is dead, whatever the socket thinks. */
const SILENCE_MS = 45_000;

/** Events as they happen, without loss or repeat over lost connections; yields an empty list at each new connection. */
export async function* followEvents(api: Api, request: FeedRequest): AsyncGenerator<readonly CloudEvent[]> {
  let after = request.after;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    request.signal.throwIfAborted();
    try {
      for await (const batch of connection(api, request, after)) {
        pauseMs = FIRST_PAUSE_MS;
        after = batch.at(-1)?.id ?? after;
        yield batch.map(({ event }) => event);
      }
    } catch (error) {
      request.signal.throwIfAborted();
      if (error instanceof CliError && error.code !== 'API_UNREACHABLE') throw error;
    }
    request.onReconnect?.(pauseMs);
    await delay(pauseMs, request.signal);
  }
}

interface PlacedEvent {
  readonly id: string;
  readonly event: CloudEvent;
}

async function* connection(
  api: Api,
  { mission, type, signal }: FeedRequest,
  after: string | undefined,
): AsyncGenerator<readonly PlacedEvent[]> {
  const silence = new Silence(SILENCE_MS);
  const leaving = new AbortController();
  let batch: PlacedEvent[] = [];
  const parser = createParser({
    onEvent: ({ id, data }) => {
      const parsed = cloudEventSchema.safeParse(JSON.parse(data));
      if (parsed.success && id !== undefined) batch.push({ id, event: parsed.data });
    },
  });
  const decoder = new TextDecoder();
  try {
    const stream = await api.stream(
      { query: { mission, type } },
      {
        headers: { accept: 'text/event-stream', ...(after !== undefined && { 'last-event-id': after }) },
        signal: AbortSignal.any([signal, silence.signal, leaving.signal]),
      },
    );
    yield [];
    for await (const chunk of stream) {
      silence.broken();
      parser.feed(decoder.decode(chunk, { stream: true }));
      if (batch.length === 0) continue;
      yield batch;
      batch = [];
    }
  } finally {
    // An open connection would keep the process alive, and so would the timer of one that was refused.
    leaving.abort();
    silence.end();
  }
}

/** Aborts when nothing was heard for too long. */
class Silence {
  private readonly controller = new AbortController();
  private timer: NodeJS.Timeout;

  constructor(private readonly limitMs: number) {
    this.timer = this.start();
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  broken(): void {
    clearTimeout(this.timer);
    this.timer = this.start();
  }

  end(): void {
    clearTimeout(this.timer);
  }

  private start(): NodeJS.Timeout {
    return setTimeout(() => {
      this.controller.abort(new Error('The connection went silent.'));
    }, this.limitMs);
  }
}
