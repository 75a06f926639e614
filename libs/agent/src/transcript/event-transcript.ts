import {
  eventsOf,
  type Actor,
  type Clock,
  type EventEnvelope,
  type Fact,
  type NewEvent,
} from '@missions/kernel';
import { transcriptSchemas, type TranscriptFact, type TranscriptFactType } from './facts.ts';
import { restore, spill, type TranscriptArtifacts } from './spill.ts';
import type { Transcript } from './transcript.ts';

/** The part of an event store that a transcript needs; `EventStore` is one. */
export interface TranscriptStore {
  append(append: {
    readonly stream: string;
    readonly expectedVersion: number;
    readonly events: readonly NewEvent[];
  }): Promise<{ readonly version: number }>;
  read(stream: string): Promise<readonly EventEnvelope[]>;
}

export interface EventTranscriptOptions {
  readonly store: TranscriptStore;
  readonly artifacts: TranscriptArtifacts;
  readonly runId: string;
  readonly token: number;
  readonly actor: Actor;
  readonly correlationId: string;
  readonly causationId: string;
  readonly clock: Clock;
}

export function runStream(runId: string): string {
  return `run-${runId}`;
}

/** A transcript kept as the stream `run-<id>`. Event ids come from token and position, so a repeated append is recognised. */
export class EventTranscript implements Transcript {
  private version = 0;
  private appending: Promise<void> = Promise.resolve();

  constructor(private readonly options: EventTranscriptOptions) {}

  async load(): Promise<readonly TranscriptFact[]> {
    const events = await this.options.store.read(runStream(this.options.runId));
    this.version = events.at(-1)?.version ?? 0;
    return readTranscript(events, this.options.artifacts);
  }

  /** One at a time: an agent that is not ours is written about while the loop writes, too. */
  append(facts: readonly TranscriptFact[]): Promise<void> {
    const appended = this.appending.then(() => this.write(facts));
    this.appending = appended.catch(() => undefined);
    return appended;
  }

  async keep(text: string): Promise<{ readonly digest: string; readonly bytes: number }> {
    const bytes = Buffer.from(text);
    const { digest } = await this.options.artifacts.put(bytes, { mediaType: 'text/plain; charset=utf-8' });
    return { digest, bytes: bytes.length };
  }

  private async write(facts: readonly TranscriptFact[]): Promise<void> {
    const { runId, token, actor, correlationId, causationId, clock, artifacts } = this.options;
    const stream = runStream(runId);
    const small: Fact[] = [];
    for (const { type, data } of facts) small.push({ type, data: await spill(data, artifacts) });
    const events = eventsOf(`${stream}/${token}/${this.version}`, small, {
      occurredAt: clock.now().toISOString(),
      actor,
      correlationId,
      causationId,
      token,
    });
    const appended = await this.options.store.append({ stream, expectedVersion: this.version, events });
    this.version = appended.version;
  }
}

/** The facts that the events of a run stream say, long texts restored; events of other types are left out. */
export async function readTranscript(
  events: readonly EventEnvelope[],
  artifacts: Pick<TranscriptArtifacts, 'get'>,
): Promise<readonly TranscriptFact[]> {
  const known = events.filter(({ type }) => Object.hasOwn(transcriptSchemas, type));
  return Promise.all(
    known.map(async ({ type, data }) => {
      const schema = transcriptSchemas[type as TranscriptFactType];
      return { type, data: schema.parse(await restore(data, artifacts)) } as TranscriptFact;
    }),
  );
}
