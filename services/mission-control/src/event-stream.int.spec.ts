import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { cloudEventSchema, type CloudEvent } from '@missions/contracts';
import { settle, temporaryDirectory, testDatabase, testNats } from '@missions/testing';
import { openApiStage, type ApiStage } from './testing/wiring/api-stage.ts';

jest.setTimeout(60_000);

let api: ApiStage;

beforeAll(async () => {
  api = await openApiStage({ testDatabase, testNats, temporaryDirectory });
  execFileSync('git', ['init', '-q', '-b', 'main', join(api.directory, 'repository')]);
});

afterAll(() => api.close());

async function newMission(): Promise<string> {
  const body = { goal: 'Stream it', repository: join(api.directory, 'repository') };
  const response = await api.call('POST', '/v1/missions', { body });
  return ((await response.json()) as { missionId: string }).missionId;
}

const broadcast = (n: number): { type: string; data: unknown } => ({
  type: 'BroadcastPublished',
  data: {
    version: n,
    by: 'test',
    broadcast: { kind: 'discovery', audience: 'all', title: String(n), body: '' },
  },
});

/** `count` facts, one append each. */
async function happen(missionId: string, count: number): Promise<void> {
  for (let n = 1; n <= count; n += 1) await api.owner.happen(missionId, [broadcast(n)]);
}

interface Received {
  readonly id: string;
  readonly event: CloudEvent;
}

/** A client of the stream, as a browser is one. */
class Client {
  readonly received: Received[] = [];
  private readonly leaving = new AbortController();
  private reading: Promise<void> = Promise.resolve();

  async connect(query: string, lastEventId?: string): Promise<this> {
    const response = await fetch(`${api.url}/v1/events?${query}`, {
      headers: {
        authorization: `Bearer ${api.adminToken}`,
        accept: 'text/event-stream',
        ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
      },
      signal: this.leaving.signal,
    });
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    if (response.body === null) throw new Error('A stream has a body.');
    this.reading = this.read(response.body).catch(() => undefined);
    return this;
  }

  get lastId(): string | undefined {
    return this.received.at(-1)?.id;
  }

  async leave(): Promise<void> {
    this.leaving.abort();
    await this.reading;
  }

  private async read(body: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    let rest = '';
    for await (const chunk of body) {
      const blocks = (rest + decoder.decode(chunk, { stream: true })).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) this.take(block);
    }
  }

  private take(block: string): void {
    const id = /^id: (.*)$/m.exec(block)?.[1];
    const data = /^data: (.*)$/m.exec(block)?.[1];
    if (id === undefined || data === undefined) return;
    this.received.push({ id, event: cloudEventSchema.parse(JSON.parse(data)) });
  }
}

async function headOf(missionId: string): Promise<number> {
  return api.connections.store.events.head(`mission-${missionId}`);
}

describe('the stream of one mission', () => {
  it('resumes by Last-Event-ID without loss or repeat, whenever the connection breaks', async () => {
    const missionId = await newMission();
    const seen: number[] = [];
    let lastId: string | undefined;
    const work = happen(missionId, 60);
    // Breaks off after every few events, while more happen all the time.
    for (let round = 0; round < 12; round += 1) {
      const client = await new Client().connect(`mission=${missionId}`, lastId);
      await settle(() => client.received.length > 0);
      await client.leave();
      seen.push(...client.received.map(({ event }) => event.sequence));
      lastId = client.lastId;
      if (seen.length >= 60) break;
    }
    await work;
    const last = await new Client().connect(`mission=${missionId}`, lastId);
    const head = await headOf(missionId);
    await settle(() => seen.length + last.received.length >= head);
    await last.leave();
    seen.push(...last.received.map(({ event }) => event.sequence));
    expect(seen).toEqual(Array.from({ length: head }, (_, index) => index + 1));
  });

  it('reaches every reader alike, early and late ones', async () => {
    const missionId = await newMission();
    const early = await Promise.all(
      Array.from({ length: 20 }, () => new Client().connect(`mission=${missionId}`)),
    );
    await happen(missionId, 10);
    const late = await new Client().connect(`mission=${missionId}&after=2`);
    const head = await headOf(missionId);
    const sequences = (client: Client): number[] => client.received.map(({ event }) => event.sequence);
    const all = Array.from({ length: head }, (_, index) => index + 1);
    await settle(() => [...early, late].every((client) => sequences(client).includes(head)));
    for (const client of early) expect(sequences(client)).toEqual(all);
    expect(sequences(late)).toEqual(all.slice(2));
    await Promise.all([...early, late].map((client) => client.leave()));
  });

  it('brings what happens within a moment, though nobody pokes', async () => {
    const missionId = await newMission();
    const client = await new Client().connect(`mission=${missionId}`);
    await settle(() => client.received.length > 0);
    await api.nats.kill();
    try {
      const head = await headOf(missionId);
      await api.owner.happen(missionId, [broadcast(1)]);
      await settle(() => client.received.at(-1)?.event.sequence === head + 1);
    } finally {
      await api.nats.restart();
      await client.leave();
    }
  });
});

describe('the stream over all missions', () => {
  it('resumes by its opaque cursor, whatever missions the events belong to', async () => {
    const ids = [await newMission(), await newMission()];
    const client = await new Client().connect('');
    const mine = ({ event }: Received): boolean => ids.includes(event.subject);
    await settle(() => client.received.filter(mine).length >= 2);
    await client.leave();
    await Promise.all(ids.map((id) => happen(id, 5)));
    const again = await new Client().connect('', client.lastId);
    const heads = await Promise.all(ids.map(headOf));
    const expected = heads.reduce((sum, head) => sum + head, 0);
    await settle(() => client.received.filter(mine).length + again.received.filter(mine).length >= expected);
    await again.leave();
    const received = [...client.received, ...again.received].filter(mine);
    expect(new Set(received.map(({ event }) => event.id)).size).toBe(received.length);
    for (const [index, id] of ids.entries()) {
      const sequences = received
        .filter(({ event }) => event.subject === id)
        .map(({ event }) => event.sequence);
      expect(sequences).toEqual(Array.from({ length: heads[index] ?? 0 }, (_, n) => n + 1));
    }
    expect(received.every(({ id, event }) => event.cursor === id)).toBe(true);
  });
});
