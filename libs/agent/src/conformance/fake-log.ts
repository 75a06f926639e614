import { createHash } from 'node:crypto';
import { ConcurrencyError, DomainError, type EventEnvelope } from '@missions/kernel';
import type { TranscriptStore } from '../transcript/event-transcript.ts';
import type { TranscriptArtifacts } from '../transcript/spill.ts';

/** What a transcript asks of an event store, in memory: expected version, fencing token, repeats by id. */
export class FakeLog implements TranscriptStore {
  readonly events: EventEnvelope[] = [];
  commits = 0;

  append(append: Parameters<TranscriptStore['append']>[0]): Promise<{ readonly version: number }> {
    const known = this.events.filter((event) => append.events.some(({ id }) => id === event.id));
    if (known.length === append.events.length)
      return Promise.resolve({ version: known.at(-1)?.version ?? 0 });
    const highest = Math.max(0, ...this.events.map(({ token }) => token ?? 0));
    const token = append.events[0]?.token ?? 0;
    if (token < highest) {
      return Promise.reject(
        new DomainError('STALE_TOKEN', `Token ${String(token)} is below ${String(highest)}.`),
      );
    }
    const head = this.events.length;
    if (append.expectedVersion !== head) {
      return Promise.reject(new ConcurrencyError(append.stream, append.expectedVersion, head));
    }
    for (const event of append.events) {
      if (JSON.stringify(event).length > 65_536)
        return Promise.reject(new DomainError('EVENT_TOO_LARGE', event.type));
      const stored = JSON.parse(JSON.stringify(event)) as EventEnvelope;
      this.events.push({ ...stored, stream: append.stream, version: this.events.length + 1 });
    }
    this.commits += 1;
    return Promise.resolve({ version: this.events.length });
  }

  read(): Promise<readonly EventEnvelope[]> {
    return Promise.resolve([...this.events]);
  }
}

export class FakeArtifacts implements TranscriptArtifacts {
  readonly stored = new Map<string, Uint8Array>();

  put(bytes: Uint8Array): Promise<{ readonly digest: `sha256:${string}` }> {
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}` as const;
    this.stored.set(digest, bytes);
    return Promise.resolve({ digest });
  }

  get(digest: string): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.stored.get(digest));
  }
}
