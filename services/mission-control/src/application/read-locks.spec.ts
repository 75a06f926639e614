import type { Requester } from '@missions/bus';
import {
  emptyLedger,
  evolve,
  leasing,
  ledgerView,
  stateRequestSchema,
  type Ledger,
  type LeasingCommand,
} from '@missions/leasing';
import { ReadLocks } from './read-locks.ts';

const at = '2026-03-01T10:00:00.000Z';

/** A ledger to which all of this was said at one instant; circles are talked about first. */
function ledgerAfter(...said: readonly LeasingCommand[]): Ledger {
  return said.reduce(
    (ledger, command) =>
      leasing.decide(command, ledger, { at, lockDelayMs: 10_000, cycleTalkMs: 4_000 }).reduce(evolve, ledger),
    emptyLedger,
  );
}

function locks(ledgers: Readonly<Record<string, Ledger>>): ReadLocks {
  const requester: Requester = {
    request: (_subject, payload) => {
      const { scope } = stateRequestSchema.parse(payload);
      return Promise.resolve(ledgerView(scope, ledgers[scope] ?? emptyLedger, at));
    },
  };
  return new ReadLocks(requester, {
    scopes: () => Promise.resolve(Object.keys(ledgers)),
    leases: () => Promise.resolve([]),
    now: () => Promise.resolve(at),
  });
}

function claims(missionId: string, resource: string): LeasingCommand {
  const resources = [{ resource, mode: 'X' as const }];
  return {
    type: 'RequestClaim',
    data: { claimId: `${missionId}/lock`, owner: { missionId }, resources, ttlMs: 60_000 },
  };
}

function asks(missionId: string): LeasingCommand {
  const claimId = `${missionId}/lock`;
  return { type: 'OpenNegotiation', data: { negotiationId: `${claimId}/n1`, claimId, withinMs: 60_000 } };
}

function leaves(missionId: string): LeasingCommand {
  return { type: 'WithdrawClaim', data: { claimId: `${missionId}/lock` } };
}

const port = (number: number): string => `port:/local/${String(number)}`;

describe('what is seen of a resource that is named', () => {
  const expired: LeasingCommand = { type: 'ExpireLease', data: { claimId: 'm-a/lock', token: 2 } };

  it('is that it is closed, though nobody holds it or waits for it', async () => {
    const closed = locks({ local: ledgerAfter(claims('m-a', port(8080)), expired) });
    expect(await closed.ledgers({ resource: port(8080) })).toMatchObject([
      { scope: 'local', closed: [{ resource: port(8080) }] },
    ]);
    expect(await closed.ledgers({ resource: port(9090) })).toEqual([]);
    expect(await closed.ledgers({ mission: 'm-b' })).toEqual([]);
  });

  it('is an environment by its name in plans, as well as by that under which missions claim it', async () => {
    const staging = locks({ local: ledgerAfter(claims('m-a', 'env:/local/staging')) });
    for (const resource of ['env:/staging', 'env:/local/staging'])
      expect(await staging.ledgers({ resource })).toMatchObject([{ held: [{ claimId: 'm-a/lock' }] }]);
    expect(await staging.ledgers({ resource: 'env:/production' })).toEqual([]);
  });

  it('is told although another ledger has a name nobody can ask for', async () => {
    const some = locks({ ['k'.repeat(150)]: emptyLedger, local: ledgerAfter(claims('m-a', port(8080))) });
    expect(await some.ledgers({ resource: port(8080) })).toMatchObject([{ held: [{ claimId: 'm-a/lock' }] }]);
  });

  it('is how many a pool has, though all are free', async () => {
    const resource = 'pool:/hosts/browsers';
    const idle = locks({ hosts: ledgerAfter({ type: 'SizePool', data: { resource, capacity: 4 } }) });
    expect(await idle.ledgers({ resource })).toMatchObject([{ pools: [{ resource, capacity: 4, used: 0 }] }]);
    expect(await idle.ledgers({ resource: port(8080) })).toEqual([]);
  });

  const talk = [
    ...[claims('m-a', port(8080)), claims('m-b', port(8080)), asks('m-b'), leaves('m-b')],
    { type: 'ReleaseClaim', data: { claimId: 'm-a/lock', token: 2 } },
  ] as const;
  const talked = locks({ local: ledgerAfter(...talk, claims('m-c', port(9090))) });

  it('is what was said about it, though only something else is held by now', async () => {
    const [ledger] = await talked.ledgers({ resource: port(8080) });
    expect(ledger?.negotiations).toMatchObject([{ claimId: 'm-b/lock', outcome: { how: 'stale' } }]);
  });

  it('is nothing that was said about another one', async () => {
    expect(await talked.ledgers({ resource: port(9090) })).toMatchObject([
      { held: [{ claimId: 'm-c/lock' }], negotiations: [] },
    ]);
    expect(await locks({ local: ledgerAfter(...talk) }).ledgers({ resource: port(9090) })).toEqual([]);
  });

  it('is of one mission alone where a mission is named too', async () => {
    expect(await talked.ledgers({ mission: 'm-b', resource: port(8080) })).toMatchObject([
      { held: [], queue: [], negotiations: [{ claimId: 'm-b/lock' }] },
    ]);
    expect(await talked.ledgers({ mission: 'm-b', resource: port(9090) })).toEqual([]);
    expect(await talked.ledgers({ mission: 'm-c', resource: port(8080) })).toEqual([]);
  });
});

describe('what is seen of a mission that is named', () => {
  const waits = locks({
    local: ledgerAfter(
      { type: 'SizePool', data: { resource: 'pool:/local/phones', capacity: 2 } },
      ...[claims('m-a', port(8080)), claims('m-b', port(8080)), claims('m-c', port(9090))],
    ),
  });
  const seenOf = async (mission: string): Promise<readonly string[]> =>
    (await waits.ledgers({ mission })).flatMap(({ held, queue, pools }) => [
      ...[...held, ...queue].map(({ claimId }) => claimId),
      ...pools.map(({ resource }) => resource),
    ]);

  it('is what it holds and who waits for that', async () => {
    expect(await seenOf('m-a')).toEqual(['m-a/lock', 'm-b/lock']);
  });

  it('is what it waits for and who has that', async () => {
    expect(await seenOf('m-b')).toEqual(['m-a/lock', 'm-b/lock']);
  });

  it('is nobody who waits for something else than is named besides', async () => {
    const both: LeasingCommand = {
      type: 'RequestClaim',
      data: {
        claimId: 'm-a/lock',
        owner: { missionId: 'm-a' },
        resources: [port(1), port(2)].map((resource) => ({ resource, mode: 'X' })),
        ttlMs: 60_000,
      },
    };
    const held = locks({ local: ledgerAfter(both, claims('m-b', port(2))) });
    expect(await held.ledgers({ mission: 'm-a', resource: port(1) })).toMatchObject([{ queue: [] }]);
    expect(await held.ledgers({ mission: 'm-a', resource: port(2) })).toMatchObject([
      { queue: [{ claimId: 'm-b/lock' }] },
    ]);
  });

  it('is nothing of others, nor a pool that it does not want', async () => {
    expect(await seenOf('m-c')).toEqual(['m-c/lock']);
  });
});

describe('a holder that waits itself', () => {
  const also = (missionId: string, claim: string, number: number): LeasingCommand => ({
    type: 'RequestClaim',
    data: {
      claimId: `${missionId}/${claim}`,
      owner: { missionId },
      resources: [{ resource: port(number), mode: 'X' }],
      ttlMs: 60_000,
    },
  });
  const chain = [
    ...[also('m-a', 'one', 1), also('m-b', 'one', 2), also('m-c', 'one', 3), also('m-d', 'one', 4)],
    ...[also('m-a', 'two', 2), also('m-b', 'two', 3)],
  ];

  it('is shown with what it waits for, and who has that, in turn', async () => {
    const [ledger] = await locks({ local: ledgerAfter(...chain) }).ledgers({ resource: port(1) });
    expect(ledger?.held.map(({ claimId }) => claimId)).toEqual(['m-a/one', 'm-b/one', 'm-c/one']);
    expect(ledger?.queue.map(({ claimId }) => claimId)).toEqual(['m-a/two', 'm-b/two']);
    expect(ledger?.waits.map(({ claimId }) => claimId)).toEqual(['m-a/two', 'm-b/two']);
  });

  it('is shown so in another ledger, too', async () => {
    const asks = { missionId: 'm-a', resource: 'port:/other/1' };
    const other = ledgerAfter(claims('m-z', asks.resource), {
      type: 'RequestClaim',
      data: {
        claimId: 'm-a/ask',
        owner: { missionId: 'm-a' },
        resources: [{ resource: asks.resource, mode: 'X' }],
        ttlMs: 60_000,
      },
    });
    const seen = await locks({ local: ledgerAfter(claims('m-a', port(1))), other }).ledgers({
      resource: port(1),
    });
    expect(seen).toMatchObject([
      { scope: 'local', held: [{ claimId: 'm-a/lock' }] },
      { scope: 'other', held: [{ claimId: 'm-z/lock' }], queue: [{ claimId: 'm-a/ask' }] },
    ]);
  });

  it('for those who read beside it is shown with them, and they with it', async () => {
    const shared = (missionId: string, mode: 'S' | 'U'): LeasingCommand => ({
      type: 'RequestClaim',
      data: {
        claimId: `${missionId}/lock`,
        owner: { missionId },
        resources: [{ resource: port(1), mode }],
        ttlMs: 60_000,
      },
    });
    const upgrade: LeasingCommand = { type: 'UpgradeClaim', data: { claimId: 'm-a/lock', token: 2 } };
    const upgrading = locks({ local: ledgerAfter(shared('m-a', 'U'), shared('m-b', 'S'), upgrade) });
    for (const mission of ['m-a', 'm-b'])
      expect(await upgrading.ledgers({ mission })).toMatchObject([
        { held: [{ claimId: 'm-a/lock' }, { claimId: 'm-b/lock' }], waits: [{ claimId: 'm-a/lock' }] },
      ]);
  });

  it('in a circle is shown with the circle and its talk, whichever of its resources is named', async () => {
    const circle = ledgerAfter(...chain, also('m-c', 'two', 1));
    const [ledger] = await locks({ local: circle }).ledgers({ resource: port(2) });
    expect(ledger?.waits).toHaveLength(3);
    expect(ledger?.negotiations).toMatchObject([{ cause: 'cycle', claimId: 'm-c/two' }]);
  });
});
