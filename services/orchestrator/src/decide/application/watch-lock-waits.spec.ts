import type { MissionCommandRequest } from '@missions/contracts';
import { DomainError } from '@missions/kernel';
import { emptyLedger, evolve, ledgerView, type Ledger, type LeasingEvent } from '@missions/leasing';
import { WatchLockWaits, type AheadLock, type WaitingLock } from './watch-lock-waits.ts';

const at = '2026-03-01T10:00:00.000Z';
const claimId = 'm-1-r4/lock';
const limitMs = 60 * 60_000;

function claim(missionId: string, ...names: readonly string[]) {
  const resources = names.map((resource) => ({ resource, mode: 'X' as const }));
  return {
    claimId: `${missionId}-r4/lock`,
    owner: { missionId, runId: `${missionId}-r4` },
    resources,
    ttlMs: 1000,
  };
}

const requested = (missionId: string, ...names: readonly string[]): LeasingEvent => ({
  type: 'LockRequested',
  data: { ...claim(missionId, ...names), requestedAt: at },
});
const granted = (missionId: string, ...names: readonly string[]): LeasingEvent => ({
  type: 'LockGranted',
  data: { ...claim(missionId, ...names), grantedAt: at },
});

/** m-2 holds the port, m-1 waits for it. */
const held = [
  requested('m-2', 'port:/local/8080'),
  granted('m-2', 'port:/local/8080'),
  requested('m-1', 'env:/local/staging', 'port:/local/8080'),
];

class Bench {
  ledger: Ledger = held.reduce(evolve, emptyLedger);
  lock: WaitingLock = {
    claimId,
    missionId: 'm-1',
    scope: 'local',
    since: new Date(at),
    waitedMs: 60_000,
    isOverdue: false,
  };
  ahead: readonly AheadLock[] = [];
  readonly told: MissionCommandRequest[] = [];
  readonly overdue: string[] = [];
  reads = 0;
  fault: Error | undefined;
  readonly watch = new WatchLockWaits({
    requester: {
      request: () => {
        this.reads += 1;
        return Promise.resolve(ledgerView('local', this.ledger, at));
      },
    },
    locks: {
      waiting: () => Promise.resolve([this.lock]),
      ahead: () => Promise.resolve(this.ahead),
      markOverdue: (id) => {
        this.overdue.push(id);
        return Promise.resolve();
      },
    },
    command: (request) => {
      this.told.push(request);
      return this.fault ? Promise.reject(this.fault) : Promise.resolve();
    },
    limitMs,
  });

  happens(...events: readonly LeasingEvent[]): void {
    this.ledger = events.reduce(evolve, this.ledger);
  }

  get commands(): readonly MissionCommandRequest['command'][] {
    return this.told.map(({ command }) => command);
  }
}

describe('watching claims that wait', () => {
  it('tells a mission which of its resources somebody else holds, once', async () => {
    const bench = new Bench();
    await bench.watch.look();
    await bench.watch.look();
    expect(bench.commands).toEqual([
      {
        type: 'RecordLockWait',
        data: { claimId, resource: 'port:/local/8080', holder: 'm-2 m-2-r4', position: 1 },
      },
    ]);
  });

  it('names no pool, of which there may be units left, where something else is not to be had', async () => {
    const bench = new Bench();
    const both = ['pool:/local/browser', 'port:/local/8080'];
    bench.ledger = [
      { type: 'PoolSized' as const, data: { resource: 'pool:/local/browser', capacity: 2, sizedAt: at } },
      requested('m-2', ...both),
      granted('m-2', ...both),
      requested('m-1', ...both),
    ].reduce(evolve, emptyLedger);
    await bench.watch.look();
    expect(bench.commands).toMatchObject([{ data: { resource: 'port:/local/8080' } }]);
  });

  it('tells it again when another one holds it', async () => {
    const bench = new Bench();
    await bench.watch.look();
    bench.happens(
      { type: 'LockReleased', data: { ...claim('m-2', 'port:/local/8080'), token: 2, releasedAt: at } },
      requested('m-3', 'port:/local/8080'),
      granted('m-3', 'port:/local/8080'),
    );
    await bench.watch.look();
    expect(bench.commands.at(-1)).toMatchObject({ data: { holder: 'm-3 m-3-r4' } });
    expect(new Set(bench.told.map(({ commandId }) => commandId)).size).toBe(2);
  });

  it('says that it is behind another one where that holds nothing either, and then until when it is closed', async () => {
    const bench = new Bench();
    const [resource, until] = ['port:/local/8080', '2026-03-01T10:00:30.000Z'];
    const closed = [{ resource, until }];
    bench.ledger = [
      ...held.slice(0, 2),
      { type: 'LockExpired' as const, data: { ...claim('m-2', resource), token: 2, expiredAt: at, closed } },
      requested('m-3', resource),
      requested('m-1', 'env:/local/staging', resource),
    ].reduce(evolve, emptyLedger);
    await bench.watch.look();
    bench.happens({ type: 'LockWithdrawn', data: { ...claim('m-3', resource), withdrawnAt: at } });
    bench.lock = { ...bench.lock, waitedMs: limitMs };
    await bench.watch.look();
    expect(bench.commands).toMatchObject([
      { type: 'RecordLockWait', data: { claimId, resource, behind: 'm-3 m-3-r4', position: 2 } },
      { type: 'RecordLockWait', data: { claimId, resource, closedUntil: until, position: 1 } },
      {
        type: 'RecordLockOverdue',
        data: {
          detail: `${claimId} has waited 60 min for ${resource}, which is closed until ${until}.`,
          needs: expect.not.stringContaining('revoke') as string,
        },
      },
    ]);
    for (const { data } of bench.commands) expect(data).not.toHaveProperty('holder');
  });

  it('says nothing of a claim that was granted meanwhile', async () => {
    const bench = new Bench();
    bench.lock = { ...bench.lock, waitedMs: limitMs };
    bench.happens({ type: 'LockWithdrawn', data: { ...claim('m-1', 'port:/local/8080'), withdrawnAt: at } });
    await bench.watch.look();
    expect(bench.told).toEqual([]);
    expect(bench.overdue).toEqual([]);
  });

  it('blocks its mission when the limit is over, with the holder and the command that helps', async () => {
    const bench = new Bench();
    bench.lock = { ...bench.lock, waitedMs: limitMs };
    await bench.watch.look();
    expect(bench.told.at(-1)).toMatchObject({
      commandId: `${claimId}/overdue/${at}`,
      command: {
        type: 'RecordLockOverdue',
        data: {
          claimId,
          detail: `${claimId} has waited 60 min for port:/local/8080, which m-2 m-2-r4 holds since ${at}.`,
          needs: expect.stringContaining('`missions locks revoke m-2-r4/lock --reason R`') as string,
        },
      },
    });
    expect(bench.overdue).toEqual([claimId]);
  });

  it('says how long its place is kept then', async () => {
    const bench = new Bench();
    bench.lock = { ...bench.lock, waitedMs: limitMs };
    await bench.watch.look();
    expect(bench.told.at(-1)?.command).toMatchObject({
      data: {
        needs: expect.stringMatching(
          /keeps its place until then\. `missions resume m-1` waits on, and lets through again who comes first by right\.$/,
        ) as string,
      },
    });
  });

  it('does not before, nor when the mission knows it', async () => {
    const bench = new Bench();
    bench.lock = { ...bench.lock, waitedMs: limitMs - 1 };
    await bench.watch.look();
    bench.lock = { ...bench.lock, waitedMs: limitMs, isOverdue: true };
    await bench.watch.look();
    expect(bench.commands.map(({ type }) => type)).toEqual(['RecordLockWait']);
  });

  it('looks again at a claim whose mission could not be told', async () => {
    const bench = new Bench();
    bench.lock = { ...bench.lock, waitedMs: limitMs };
    bench.fault = new Error('The store is away.');
    await expect(bench.watch.look()).rejects.toThrow('away');
    expect(bench.overdue).toEqual([]);
    bench.fault = undefined;
    await bench.watch.look();
    expect(bench.commands.map(({ type }) => type)).toEqual([
      'RecordLockWait',
      'RecordLockWait',
      'RecordLockOverdue',
    ]);
  });

  it('leaves a mission alone that has moved on', async () => {
    const bench = new Bench();
    bench.fault = new DomainError('MISSION_OVER', 'It is over.');
    await bench.watch.look();
    expect(bench.told).toHaveLength(1);
  });
});

describe('watching claims that were made ahead', () => {
  const ahead: AheadLock = { claimId: 'm-2-r4/lock', missionId: 'm-2', scope: 'local' };
  const yields = { type: 'YieldAhead', data: { claimId: ahead.claimId } };

  function holdingAhead(): Bench {
    const bench = new Bench();
    bench.ahead = [ahead];
    return bench;
  }

  it('gives back the one that is all that keeps somebody waiting', async () => {
    const bench = holdingAhead();
    await bench.watch.look();
    expect(bench.told.at(-1)).toMatchObject({ missionId: 'm-2', command: yields });
  });

  it('does so also for somebody who is no mission of ours, and for one that waits itself', async () => {
    const bench = holdingAhead();
    bench.lock = { ...bench.lock, scope: 'elsewhere' };
    bench.ledger = [
      requested('m-4', 'port:/local/9090'),
      granted('m-4', 'port:/local/9090'),
      requested('m-2', 'port:/local/8080', 'port:/local/9090'),
      requested('m-1', 'port:/local/8080'),
    ].reduce(evolve, emptyLedger);
    await bench.watch.look();
    expect(bench.commands).toContainEqual(yields);
  });

  it('leaves it alone where somebody who uses it is in the way as well, and where nobody waits', async () => {
    const bench = holdingAhead();
    bench.ledger = [
      requested('m-3', 'env:/local/staging'),
      granted('m-3', 'env:/local/staging'),
      ...held,
    ].reduce(evolve, emptyLedger);
    await bench.watch.look();
    expect(bench.commands).not.toContainEqual(yields);
    bench.ledger = held.slice(0, 2).reduce(evolve, emptyLedger);
    await bench.watch.look();
    expect(bench.commands).not.toContainEqual(yields);
  });

  it('lets none yield to another that was made ahead: they would take turns for ever', async () => {
    const bench = holdingAhead();
    bench.ahead = [ahead, { claimId, missionId: 'm-1', scope: 'local' }];
    await bench.watch.look();
    expect(bench.commands).not.toContainEqual(yields);
  });
});
