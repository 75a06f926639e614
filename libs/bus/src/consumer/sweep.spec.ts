import { MemoryEventStore } from '@missions/event-store/memory';
import { eventsOf } from '@missions/kernel';
import { MemoryCursors } from '../memory/memory-cursors.ts';
import { sweep } from './sweep.ts';

const consumer = 'decide';
const { signal } = new AbortController();

async function happened(store: MemoryEventStore, stream: string, count = 1): Promise<void> {
  const id = `${stream}/${String(await store.head(stream))}`;
  const provenance = {
    occurredAt: '2026-01-01T00:00:00.000Z',
    actor: { kind: 'service', id: 'spec' },
    correlationId: id,
    causationId: id,
  } as const;
  const facts = Array.from({ length: count }, () => ({ type: 'SomethingHappened', data: {} }));
  await store.append({ stream, expectedVersion: 'any', events: eventsOf(id, facts, provenance) });
}

describe('a sweep', () => {
  it('looks at all there is, however many pages it takes', async () => {
    const store = new MemoryEventStore();
    for (const stream of ['mission-a', 'mission-b', 'mission-c']) await happened(store, stream, 400);
    const applied = new Set<string>();
    const apply = (stream: string): Promise<void> => Promise.resolve(void applied.add(stream));
    await sweep({ consumer, store, cursors: new MemoryCursors(), apply }, signal);
    expect([...applied].toSorted()).toEqual(['mission-a', 'mission-b', 'mission-c']);
  });

  it('ends although something happens all the time, and leaves that to the next one', async () => {
    const store = new MemoryEventStore();
    const cursors = new MemoryCursors();
    await happened(store, 'mission-a');
    const applied: string[] = [];
    const apply = async (stream: string): Promise<void> => {
      if (applied.push(stream) > 5) throw new Error('It does not end.');
      await happened(store, 'mission-b');
    };
    await sweep({ consumer, store, cursors, apply }, signal);
    expect(applied).toEqual(['mission-a']);
    await sweep({ consumer, store, cursors, apply }, signal);
    expect(applied).toEqual(['mission-a', 'mission-b']);
  });
});
