import { jest } from '@jest/globals';
import { MemoryEventStore } from '@missions/event-store/memory';
import { eventsOf, type EventEnvelope } from '@missions/kernel';
import { MemoryCursors } from '../memory/memory-cursors.ts';
import { StreamApplier } from './stream-applier.ts';

const stream = 'mission-a';
const service = 'decide';

/** One replica over a log it shares with others, and what it was handed. */
class Replica {
  readonly handled: number[] = [];
  transactions = 0;
  reads = 0;
  readonly applier: StreamApplier<undefined>;

  constructor(
    readonly store: MemoryEventStore,
    readonly cursors: MemoryCursors,
    { failing = false, batch }: { readonly failing?: boolean; readonly batch?: number } = {},
  ) {
    this.applier = new StreamApplier<undefined>({
      store: {
        append: (append) => store.append(append),
        read: (name, options) => {
          this.reads += 1;
          return store.read(name, options);
        },
        head: (name) => store.head(name),
        feed: (request) => store.feed(request),
        headsAfter: (request) => store.headsAfter(request),
        transact: (streams, work) => {
          this.transactions += 1;
          return store.transact(streams, work);
        },
      },
      cursors,
      signal: new AbortController().signal,
      options: {
        service,
        ...(batch !== undefined && { batch }),
        retry: { tries: 2, firstDelayMs: 1, maxDelayMs: 1 },
        concerns: ({ type }) => type === 'Wanted',
        handle: ({ version, type }) => {
          if (failing && type === 'Wanted') return Promise.reject(new Error('never'));
          this.handled.push(version);
          return Promise.resolve();
        },
      },
    });
  }

  position(): ReturnType<MemoryCursors['position']> {
    return this.cursors.position(service, stream);
  }
}

let store: MemoryEventStore;
let cursors: MemoryCursors;
let replica: Replica;
let happenings = 0;

beforeEach(() => {
  store = new MemoryEventStore();
  cursors = new MemoryCursors();
  replica = new Replica(store, cursors);
});

async function happened(type: 'Wanted' | 'Other', count = 1): Promise<readonly EventEnvelope[]> {
  happenings += 1;
  const id = `happening-${String(happenings)}`;
  const facts = Array.from({ length: count }, () => ({ type, data: {} }));
  const events = eventsOf(id, facts, {
    occurredAt: '2026-01-01T00:00:00.000Z',
    actor: { kind: 'service', id: 'spec' },
    correlationId: id,
    causationId: id,
  });
  return (await store.append({ stream, expectedVersion: 'any', events })).events;
}

describe('passing over events of no concern', () => {
  it('takes no transaction for them once the stream is known', async () => {
    await happened('Other');
    await replica.applier.apply(stream);
    await happened('Other', 120);
    await replica.applier.apply(stream);
    expect(replica.transactions).toBe(1);
    expect(replica.applier.hasSeen(stream, 121)).toBe(true);
  });

  it('hands over what concerns it behind them, once and in order', async () => {
    await happened('Wanted');
    await replica.applier.apply(stream);
    await happened('Other', 60);
    await replica.applier.apply(stream);
    await happened('Wanted', 2);
    await replica.applier.apply(stream);
    await replica.applier.apply(stream);
    expect(replica.handled.filter((version) => version === 1 || version > 61)).toEqual([1, 62, 63]);
    expect(await replica.position()).toEqual({ version: 63, parked: false });
  });

  it('leaves no more than a bounded number of them behind the cursor', async () => {
    await happened('Other');
    await replica.applier.apply(stream);
    await happened('Other', 1_000);
    await replica.applier.apply(stream);
    expect((await replica.position()).version).toBeGreaterThan(1_001 - 250);
  });

  it('moves the cursor behind so many of them at once, and hands over none', async () => {
    await happened('Wanted');
    await replica.applier.apply(stream);
    await happened('Other', 620);
    await replica.applier.apply(stream);
    await happened('Wanted');
    await replica.applier.apply(stream);
    expect(replica.handled).toEqual([1, 622]);
    // One for each that is wanted, and two on the way.
    expect(replica.transactions).toBe(4);
  });

  it('goes back to where the cursor was set, also when so many lie behind it', async () => {
    await happened('Wanted', 3);
    await replica.applier.apply(stream);
    await cursors.move(undefined, service, { stream, version: 2 });
    await happened('Other', 260);
    await replica.applier.apply(stream);
    expect(replica.handled.filter((version) => version <= 3)).toEqual([1, 2, 3, 3]);
    expect(await replica.position()).toMatchObject({ parked: false });
  });

  it('is no obstacle to another replica that knows nothing of it', async () => {
    await happened('Other');
    await replica.applier.apply(stream);
    await happened('Other', 5);
    await replica.applier.apply(stream);
    await happened('Wanted');
    const other = new Replica(store, cursors);
    await other.applier.apply(stream);
    expect(other.handled).toContain(7);
    await replica.applier.apply(stream);
    expect(replica.handled).not.toContain(7);
  });

  it('parks what cannot be handled behind them, and waits there', async () => {
    await happened('Other');
    await replica.applier.apply(stream);
    const broken = new Replica(store, cursors, { failing: true });
    await happened('Other', 3);
    await happened('Wanted');
    await broken.applier.apply(stream);
    expect(await replica.position()).toMatchObject({ parked: true });
    await replica.applier.apply(stream);
    expect(replica.handled).toEqual([1]);
  });

  it('takes one transaction for what concerns it, and asks for the cursor in it alone', async () => {
    await happened('Wanted');
    await replica.applier.apply(stream);
    const asked = jest.spyOn(cursors, 'position');
    await happened('Other', 2);
    await happened('Wanted', 2);
    await replica.applier.apply(stream);
    expect(replica.handled).toEqual([1, 2, 3, 4, 5]);
    expect([replica.transactions, asked.mock.calls.length]).toEqual([2, 1]);
  });

  it('reads them together, however few events may be in one transaction', async () => {
    const careful = new Replica(store, cursors, { batch: 2 });
    await happened('Other');
    await careful.applier.apply(stream);
    await happened('Other', 90);
    careful.reads = 0;
    await careful.applier.apply(stream);
    expect(careful.reads).toBe(2);
  });

  it('reads no more than one transaction takes where something is parked', async () => {
    const broken = new Replica(store, cursors, { failing: true, batch: 2 });
    await happened('Other');
    await broken.applier.apply(stream);
    await happened('Wanted', 60);
    await broken.applier.apply(stream);
    const read = jest.spyOn(store, 'read');
    await broken.applier.apply(stream);
    expect(read.mock.calls.map(([, options]) => options?.limit)).toEqual([2]);
  });

  it.each([4, 5])('hands over %i behind them, no more in one transaction than it may', async (count) => {
    const careful = new Replica(store, cursors, { batch: 2 });
    await happened('Other');
    await careful.applier.apply(stream);
    await happened('Other', 3);
    await happened('Wanted', count);
    careful.transactions = 0;
    await careful.applier.apply(stream);
    expect(careful.handled.filter((version) => version > 4)).toEqual(
      Array.from({ length: count }, (_, index) => 5 + index),
    );
    expect(careful.transactions).toBe(Math.ceil(count / 2));
  });

  it('hands over nothing twice of what another replica has applied since it looked', async () => {
    const other = new Replica(store, cursors);
    await happened('Wanted');
    await replica.applier.apply(stream);
    await happened('Wanted', 3);
    await other.applier.apply(stream);
    await happened('Other');
    await happened('Wanted', 2);
    await replica.applier.apply(stream);
    await other.applier.apply(stream);
    expect(replica.handled).toEqual([1, 5, 6, 7]);
    expect(other.handled).toEqual([2, 3, 4]);
    expect(await replica.position()).toEqual({ version: 7, parked: false });
  });

  it('begins where the cursor is when that was set back behind what it remembers', async () => {
    await happened('Wanted', 3);
    await replica.applier.apply(stream);
    await cursors.move(undefined, service, { stream, version: 0 });
    await happened('Wanted');
    await replica.applier.apply(stream);
    expect(replica.handled).toEqual([1, 2, 3, 1, 2, 3, 4]);
  });
});
