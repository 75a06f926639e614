import { StoreUnavailableError, type EventStore } from '@missions/event-store';
import { request, sharing, src, taking, tokenOf, ttlMs, World, type Replica } from '../testing/world.ts';

describe('a claim', () => {
  it('is granted with the version of its grant as token', async () => {
    const world = new World();
    const reply = await world.replica().claims.claim(src('a'));
    expect(reply).toEqual({ status: 'granted', scope: 'r', claimId: 'a', token: 2, ttlMs });
  });

  it('wakes those who follow the ledger when another is granted or time is up, not for what the answer says', async () => {
    const world = new World();
    const replica = world.replica();
    const { claims } = replica;
    const token = tokenOf(await claims.claim(src('a')));
    await claims.claim(src('b'));
    await claims.claim(src('c'));
    expect(world.pokes).toEqual([]);
    await claims.release({ scope: 'r', claimId: 'a', token });
    expect(world.pokes).toEqual(['resources-r@6']);
    await world.pass(ttlMs + 200, replica);
    expect(world.pokes).toEqual(['resources-r@6', 'resources-r@8']);
  });

  it('is queued with who is in the way', async () => {
    const world = new World();
    const { claims } = world.replica();
    await claims.claim(src('a'));
    await claims.claim(src('b'));
    expect(await claims.claim(src('c'))).toMatchObject({
      status: 'queued',
      position: 2,
      holders: [{ claimId: 'a', owner: { missionId: 'mission-of-a' } }],
      ahead: [{ claimId: 'b' }],
    });
  });

  it('asked for again, also at another replica, tells how it stands and appends nothing', async () => {
    const world = new World();
    const one = world.replica();
    const other = world.replica();
    const first = await one.claims.claim(src('a'));
    await one.claims.claim(src('b'));
    expect(await other.claims.claim(src('a'))).toEqual(first);
    await one.claims.release({ scope: 'r', claimId: 'a', token: tokenOf(first) });
    expect(await other.claims.claim(src('b'))).toMatchObject({ status: 'granted', token: 5 });
    expect(await world.types()).toEqual([
      'LockRequested',
      'LockGranted',
      'LockRequested',
      'LockReleased',
      'LockGranted',
    ]);
  });

  it('is decided on the newest ledger although a replica remembers an older one', async () => {
    const world = new World();
    const one = world.replica();
    const other = world.replica();
    const token = tokenOf(await one.claims.claim(src('a')));
    await other.claims.claim(src('b'));
    await other.claims.release({ scope: 'r', claimId: 'a', token });
    await expect(one.claims.withdraw({ scope: 'r', claimId: 'b' })).rejects.toMatchObject({
      code: 'CLAIM_GRANTED',
    });
    expect(await one.claims.claim(src('c'))).toMatchObject({ status: 'queued', holders: [{ claimId: 'b' }] });
  });

  it('keeps its place over a restart of the service', async () => {
    const world = new World();
    const before = world.replica();
    const token = tokenOf(await before.claims.claim(src('a')));
    await before.claims.claim(src('b'));
    const after = world.replica();
    expect(await after.claims.claim(src('c'))).toMatchObject({ position: 2 });
    await after.claims.release({ scope: 'r', claimId: 'a', token });
    expect(await after.claims.claim(src('b'))).toMatchObject({ status: 'granted' });
  });

  it('happens once when the connection is lost right after the commit', async () => {
    const world = new World();
    let losses = 1;
    const unsteady: EventStore = {
      ...bound(world.store),
      append: async (append) => {
        const result = await world.store.append(append);
        losses -= 1;
        if (losses >= 0) throw new StoreUnavailableError('connection lost', { cause: undefined });
        return result;
      },
    };
    const reply = await world.replica(unsteady).claims.claim(src('a'));
    expect(reply).toMatchObject({ status: 'granted', token: 2 });
    expect(await world.types()).toEqual(['LockRequested', 'LockGranted']);
  });
});

describe('a shared claim', () => {
  it('is upgraded when its readers have left, and asking again tells so', async () => {
    const { claims } = new World().replica();
    const reader = tokenOf(await claims.claim(sharing('reader', 'S')));
    const token = tokenOf(await claims.claim(sharing('editor', 'U')));
    const editor = { scope: 'r', claimId: 'editor', token };
    expect(await claims.upgrade(editor)).toMatchObject({
      status: 'upgrading',
      holders: [{ claimId: 'reader' }],
    });
    await claims.release({ scope: 'r', claimId: 'reader', token: reader });
    expect(await claims.upgrade(editor)).toMatchObject({
      status: 'held',
      resources: [{ resource: 'path:/r/main/src', mode: 'X' }],
    });
  });

  it('can be upgraded, taken back and upgraded again', async () => {
    const { claims } = new World().replica();
    await claims.claim(sharing('reader', 'S'));
    const token = tokenOf(await claims.claim(sharing('editor', 'U')));
    const editor = { scope: 'r', claimId: 'editor', token };
    for (let round = 0; round < 2; round += 1) {
      expect(await claims.upgrade(editor)).toMatchObject({ status: 'upgrading' });
      const { resources } = sharing('editor', 'U');
      expect(await claims.narrow({ ...editor, resources })).toMatchObject({ status: 'held' });
    }
  });

  it('that is narrowed lets in who waited for the rest', async () => {
    const world = new World();
    const { claims } = world.replica();
    const token = tokenOf(await claims.claim(sharing('writer', 'X')));
    expect(await claims.claim(sharing('reader', 'S'))).toMatchObject({ status: 'queued' });
    const { resources } = sharing('writer', 'S');
    await claims.narrow({ scope: 'r', claimId: 'writer', token, resources });
    expect(await claims.claim(sharing('reader', 'S'))).toMatchObject({ status: 'granted' });
  });
});

describe('a pool', () => {
  it('has what is configured, said once by however many replicas', async () => {
    const world = new World();
    const replicas = [world.replica(), world.replica()];
    for (const replica of replicas) expect(await replica.size({ 'pool:/r/gpu': 3 })).toEqual([]);
    expect(await world.types()).toEqual(['PoolSized']);
    const [{ claims, leases }] = replicas as [Replica];
    await claims.claim(taking('two', 2));
    expect(await claims.claim(taking('more', 2))).toMatchObject({ status: 'queued' });
    expect(await leases.state({ scope: 'r' })).toMatchObject({
      pools: [{ resource: 'pool:/r/gpu', capacity: 3, used: 2 }],
    });
  });

  it('is not made smaller than what somebody waits for, which is said', async () => {
    const replica = new World().replica();
    await replica.size({ 'pool:/r/gpu': 3 });
    await replica.claims.claim(taking('all', 3));
    await replica.claims.claim(taking('two', 2));
    expect(await replica.size({ 'pool:/r/gpu': 1 })).toMatchObject([{ code: 'POOL_TOO_SMALL' }]);
  });
});

describe('a lease', () => {
  it('lives as long as it is renewed', async () => {
    const world = new World();
    const replica = world.replica();
    const token = tokenOf(await replica.claims.claim(src('a')));
    await world.pass(900, replica);
    for (let round = 0; round < 5; round += 1) {
      await replica.leases.renew({ scope: 'r', claimId: 'a', token });
      await world.pass(900, replica);
    }
    expect(await world.types()).toEqual(['LockRequested', 'LockGranted']);
  });

  it('ends when its time is up, and the next in line is granted with a higher token', async () => {
    const world = new World();
    const replica = world.replica();
    const token = tokenOf(await replica.claims.claim(src('a')));
    await replica.claims.claim(src('b'));
    await world.pass(1500, replica);
    expect(await world.types()).toEqual([
      'LockRequested',
      'LockGranted',
      'LockRequested',
      'LockExpired',
      'LockGranted',
    ]);
    await expect(replica.leases.renew({ scope: 'r', claimId: 'a', token })).rejects.toMatchObject({
      code: 'CLAIM_ENDED',
    });
    await expect(replica.claims.release({ scope: 'r', claimId: 'a', token })).rejects.toMatchObject({
      code: 'CLAIM_ENDED',
    });
    expect(await replica.claims.claim(src('b'))).toMatchObject({ status: 'granted', token: 5 });
  });

  it('is not ended for time in which nobody could have answered a renewal', async () => {
    const world = new World();
    const replica = world.replica();
    const token = tokenOf(await replica.claims.claim(src('a')));
    world.advance(60_000);
    await replica.sweeper.sweep();
    await world.pass(900, replica);
    await replica.leases.renew({ scope: 'r', claimId: 'a', token });
    world.advance(60_000);
    await world.pass(900, replica);
    expect(await world.types()).toEqual(['LockRequested', 'LockGranted']);
    await world.pass(300, replica);
    expect(await world.types()).toEqual(['LockRequested', 'LockGranted', 'LockExpired']);
  });

  it('is not ended when a renewal comes between finding it expired and recording the end', async () => {
    const world = new World();
    const replica = world.replica();
    const token = tokenOf(await replica.claims.claim(src('a')));
    await world.pass(900, replica);
    world.advance(200);
    const { table } = world;
    const expired = table.expired.bind(table);
    table.expired = async (page) => {
      const found = await expired(page);
      await replica.leases.renew({ scope: 'r', claimId: 'a', token });
      return found;
    };
    expect((await replica.sweeper.sweep()).expired).toEqual([]);
    expect(await world.types()).toEqual(['LockRequested', 'LockGranted']);
  });

  it('is renewed only with its token', async () => {
    const world = new World();
    const { claims, leases } = world.replica();
    await claims.claim(request('z', 'path:/r/main/docs'));
    const token = tokenOf(await claims.claim(src('a')));
    await claims.claim(src('b'));
    const renew = (claimId: string, with_: number) => leases.renew({ scope: 'r', claimId, token: with_ });
    await expect(renew('a', token - 1)).rejects.toMatchObject({ code: 'STALE_TOKEN' });
    await expect(renew('a', token + 1)).rejects.toMatchObject({ code: 'UNKNOWN_TOKEN' });
    await expect(renew('b', token)).rejects.toMatchObject({ code: 'CLAIM_WAITING' });
    await expect(renew('x', token)).rejects.toMatchObject({ code: 'UNKNOWN_CLAIM' });
    expect(await renew('a', token)).toMatchObject({ ttlMs });
  });
});

describe('a port whose lease ran out', () => {
  it('is granted to the next in line when the lock-delay has passed, without anybody asking', async () => {
    const world = new World();
    const replica = world.replica();
    await replica.claims.claim(request('a', 'port:/h/80'));
    await replica.claims.claim(request('b', 'port:/h/80'));
    await world.pass(1500, replica);
    expect(await world.types('h')).toEqual(['LockRequested', 'LockGranted', 'LockRequested', 'LockExpired']);
    expect(await replica.claims.claim(request('b', 'port:/h/80'))).toMatchObject({
      status: 'queued',
      holders: [],
      closedUntil: expect.any(String) as string,
    });
    await world.pass(5000, replica);
    expect((await world.types('h')).at(-1)).toBe('LockGranted');
  });
});

describe('many clients at two replicas', () => {
  it('are served one at a time, each exactly once, in the order of the queue', async () => {
    const world = new World();
    const replicas = [world.replica(), world.replica()];
    const tokens: number[] = [];
    let inside = 0;
    const client = async (claimId: string, { claims }: Replica): Promise<void> => {
      let reply = await claims.claim(src(claimId));
      while (reply.status === 'queued') {
        await new Promise(setImmediate);
        reply = await claims.claim(src(claimId));
      }
      inside += 1;
      expect(inside).toBe(1);
      tokens.push(reply.token);
      for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
      inside -= 1;
      await claims.release({ scope: 'r', claimId, token: reply.token });
    };
    await Promise.all(
      Array.from({ length: 16 }, (_, n) => client(`c${n}`, replicas[n % 2] ?? world.replica())),
    );
    expect(new Set(tokens).size).toBe(16);
    expect(tokens).toEqual([...tokens].sort((a, b) => a - b));
    const events = await world.store.read('resources-r');
    const order = (type: string): unknown[] =>
      events
        .filter((event) => event.type === type)
        .map((event) => (event.data as { claimId: string }).claimId);
    expect(order('LockGranted')).toEqual(order('LockRequested'));
  });
});

function bound(store: EventStore): EventStore {
  return {
    append: (append) => store.append(append),
    read: (stream, options) => store.read(stream, options),
    head: (stream) => store.head(stream),
    transact: (streams, work) => store.transact(streams, work),
    feed: (page) => store.feed(page),
    headsAfter: (page) => store.headsAfter(page),
  };
}
