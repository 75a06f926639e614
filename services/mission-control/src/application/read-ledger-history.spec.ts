import type { LedgerEntry } from '@missions/contracts';
import { MemoryEventStore } from '@missions/event-store/memory';
import type { NewEvent } from '@missions/kernel';
import { MOST_LOOKED_AT, ReadLedgerHistory, type AskedHistory } from './read-ledger-history.ts';

const at = '2026-03-01T10:00:00.000Z';
const provenance = {
  ...{ schema: 1, occurredAt: at, actor: { kind: 'service' as const, id: 'resource-lock' } },
  ...{ correlationId: 'c', causationId: 'c' },
};

function requested(missionId: string): Pick<NewEvent, 'type' | 'data'> {
  const resources = [{ resource: 'port:/local/8080', mode: 'X' }];
  const claim = { claimId: `${missionId}/lock`, owner: { missionId }, resources, ttlMs: 1000 };
  return { type: 'LockRequested', data: { ...claim, requestedAt: at } };
}

function moved(missionId: string): Pick<NewEvent, 'type' | 'data'> {
  const by = { kind: 'person', id: 'eva' };
  return { type: 'WaiterMoved', data: { claimId: `${missionId}/lock`, by, reason: 'Urgent', movedAt: at } };
}

const sized = { type: 'PoolSized', data: { resource: 'pool:/local/gpu', capacity: 2, sizedAt: at } };
const many = (count: number) => Array.from({ length: count }, () => sized);

interface Seen {
  readonly history: (asked?: Partial<AskedHistory>) => ReturnType<ReadLedgerHistory['history']>;
  /** How many events were read, of every page. */
  readonly pages: number[];
}

/** The history of a ledger with these events. */
async function ledgerOf(facts: readonly Pick<NewEvent, 'type' | 'data'>[]): Promise<Seen> {
  const store = new MemoryEventStore();
  const events = facts.map((fact, index) => ({ ...provenance, ...fact, id: `e/${String(index)}` }));
  await store.append({ stream: 'resources-local', expectedVersion: 0, events });
  const pages: number[] = [];
  const past = new ReadLedgerHistory({
    head: (stream) => store.head(stream),
    read: async (stream, options) => {
      const page = await store.read(stream, options);
      pages.push(page.length);
      return page;
    },
  });
  return { pages, history: (asked = {}) => past.history('local', { limit: 50, ...asked }) };
}

const versions = (entries: readonly LedgerEntry[]): readonly number[] =>
  entries.map(({ version }) => version);

describe('reading what was decided in a ledger', () => {
  it('is newest first, and goes on before the last that was told until nothing is left', async () => {
    const { history } = await ledgerOf(many(7));
    const first = await history({ limit: 3 });
    expect([versions(first.entries), first.before]).toEqual([[7, 6, 5], 5]);
    const second = await history({ limit: 3, before: 5 });
    expect([versions(second.entries), second.before]).toEqual([[4, 3, 2], 2]);
    const last = await history({ limit: 3, before: 2 });
    expect([versions(last.entries), 'before' in last]).toEqual([[1], false]);
    expect(await history({ before: 1 })).toEqual({ scope: 'local', entries: [] });
    expect(versions((await history({ before: 99, limit: 1 })).entries)).toEqual([7]);
  });

  it('reads no more than it needs, and at most so many events of however long a ledger', async () => {
    const { history, pages } = await ledgerOf(many(MOST_LOOKED_AT + 2_000));
    await history();
    expect(pages.splice(0)).toEqual([250]);
    const nothing = await history({ mission: 'm-none' });
    expect(nothing).toEqual({ scope: 'local', entries: [], before: 2_001 });
    expect(pages.splice(0).reduce((sum, page) => sum + page)).toBe(MOST_LOOKED_AT);
    expect(await history({ mission: 'm-none', before: 2_001 })).toEqual({ scope: 'local', entries: [] });
  });

  it('reads on where only an older event says whose claim was moved', async () => {
    const { history } = await ledgerOf([requested('m-a'), ...many(1_000), moved('m-a')]);
    const { entries } = await history({ limit: 1 });
    expect(entries).toMatchObject([{ version: 1_002, owner: { missionId: 'm-a' } }]);
    expect(versions((await history({ mission: 'm-a' })).entries)).toEqual([1_002, 1]);
  });

  it('leaves to the next answer what this one cannot look far enough back for', async () => {
    const behind = MOST_LOOKED_AT - 500;
    const { history } = await ledgerOf([
      ...many(100),
      requested('m-a'),
      ...many(600),
      moved('m-a'),
      ...many(behind),
    ]);
    const first = await history({ mission: 'm-a' });
    expect(first).toEqual({ scope: 'local', entries: [], before: 703 });
    expect(versions((await history({ mission: 'm-a', before: 703 })).entries)).toEqual([702, 101]);
  });

  it('takes as it is what half of all that may be looked at does not tell', async () => {
    const { history } = await ledgerOf([requested('m-a'), ...many(MOST_LOOKED_AT), moved('m-a')]);
    expect((await history({ limit: 1 })).entries).toMatchObject([
      { version: MOST_LOOKED_AT + 2, line: 'eva moved m-a/lock to the head of the queue: Urgent' },
    ]);
    expect((await history({ mission: 'm-a' })).before).toBe(3);
  });

  it('refuses a ledger that there is not, and a resource that there cannot be', async () => {
    const past = new ReadLedgerHistory(new MemoryEventStore());
    await expect(past.history('none', { limit: 1 })).rejects.toMatchObject({ code: 'UNKNOWN_LEDGER' });
    const malformed = past.history('none', { limit: 1, resource: 'nonsense' });
    await expect(malformed).rejects.toMatchObject({ code: 'MALFORMED_RESOURCE' });
  });
});
