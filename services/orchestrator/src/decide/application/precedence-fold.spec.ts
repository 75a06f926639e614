import { MemoryEventStore } from '@missions/event-store/memory';
import type { LeasingEvent } from '@missions/leasing';
import type { NewEvent } from '@missions/kernel';
import { PrecedenceFold } from './precedence-fold.ts';

const at = (minute: number): string => new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString();
const resources = [{ resource: 'port:/local/8080', mode: 'X' as const }];
const claimOf = (missionId: string) => ({
  claimId: `${missionId}/lock`,
  owner: { missionId, runId: `${missionId}-r1` },
  resources,
  ttlMs: 20_000,
});
const standings = async (fold: PrecedenceFold) => (await fold.newest()).asOf(at(30));

/** A log in which somebody claims something in the ledger of this scope. */
async function claims(store: MemoryEventStore, scope: string, ...missions: readonly string[]): Promise<void> {
  for (const [minute, missionId] of missions.entries()) {
    const event: LeasingEvent = {
      type: 'LockRequested',
      data: { ...claimOf(missionId), requestedAt: at(minute) },
    };
    await store.append({
      stream: `resources-${scope}`,
      expectedVersion: 'any',
      events: [
        {
          ...event,
          id: `${scope}/${missionId}`,
          schema: 1,
          occurredAt: at(minute),
          actor: { kind: 'service', id: 'spec' },
          correlationId: 'c',
          causationId: 'c',
        },
      ],
    });
  }
}

/** What a newer release may claim. */
function unknownKind(): NewEvent {
  const claim = { ...claimOf('m-newer'), resources: [{ resource: 'gpu:/local/0', mode: 'X' }] };
  return {
    type: 'LockRequested',
    data: { ...claim, requestedAt: at(0) },
    id: 'newer',
    schema: 1,
    occurredAt: at(0),
    actor: { kind: 'service', id: 'spec' },
    correlationId: 'c',
    causationId: 'c',
  };
}

describe('the standings of all owners', () => {
  it('are read from the ledgers in the log, and then only what is new', async () => {
    const store = new MemoryEventStore();
    const fold = new PrecedenceFold(store);
    await claims(store, 'local', 'm-1', 'm-2');
    expect((await standings(fold)).wouldBeFirst(claimOf('m-1'), claimOf('m-2'))).toBe(true);
    expect((await standings(fold)).of(claimOf('m-3'))).toBeUndefined();
    await claims(store, 'local', 'm-3');
    expect((await standings(fold)).of(claimOf('m-3'))).toBeDefined();
  });

  it('are of one reading, however many ask at once', async () => {
    const store = new MemoryEventStore();
    await claims(store, 'local', 'm-1', 'm-2');
    let asked = 0;
    const fold = new PrecedenceFold({
      feed: (request) => {
        asked += 1;
        return store.feed(request);
      },
    });
    await Promise.all([fold.newest(), fold.newest(), fold.newest()]);
    expect((await standings(fold)).of(claimOf('m-2'))).toMatchObject({ inLineMs: 29 * 60_000 });
    expect(asked).toBeLessThanOrEqual(6);
  });

  it('are told although others write faster than it reads', async () => {
    const store = new MemoryEventStore();
    await claims(store, 'local', 'm-1');
    let others = 0;
    const fold = new PrecedenceFold({
      feed: async (request) => {
        others += 1;
        await claims(store, 'elsewhere', `m-other-${String(others)}`);
        return store.feed(request);
      },
    });
    expect((await standings(fold)).of(claimOf('m-1'))).toBeDefined();
    expect(others).toBe(1);
  });

  it('take no event twice, whatever one of them names that nobody here knows', async () => {
    const store = new MemoryEventStore();
    await claims(store, 'local', 'm-1');
    await store.append({
      stream: 'resources-local',
      expectedVersion: 'any',
      events: [unknownKind()],
    });
    await claims(store, 'beside', 'm-2');
    const fold = new PrecedenceFold(store);
    expect((await standings(fold)).of(claimOf('m-2'))).toBeDefined();
  });

  it('are read again after the log was away', async () => {
    const store = new MemoryEventStore();
    await claims(store, 'local', 'm-1');
    let isAway = true;
    const fold = new PrecedenceFold({
      feed: (request) => (isAway ? Promise.reject(new Error('The log is away.')) : store.feed(request)),
    });
    await expect(fold.newest()).rejects.toThrow('away');
    isAway = false;
    expect((await standings(fold)).of(claimOf('m-1'))).toBeDefined();
  });
});
