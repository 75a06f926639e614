import type { EventStore, StreamAppend } from '@missions/event-store';
import { src, tokenOf, ttlMs, World, request } from '../testing/world.ts';

/** The world's store, which tells of every append. */
function watched(world: World, appends: StreamAppend[]): EventStore {
  const { store } = world;
  return {
    append: (append) => {
      appends.push(append);
      return store.append(append);
    },
    read: (stream, options) => store.read(stream, options),
    head: (stream) => store.head(stream),
    transact: (streams, work) => store.transact(streams, work),
    feed: (page) => store.feed(page),
    headsAfter: (page) => store.headsAfter(page),
  };
}

describe('a decision', () => {
  it("is dated by the database's clock, also after that was set", async () => {
    const world = new World();
    const { claims } = world.replica();
    await claims.claim(src('a'));
    for (const ms of [7_200_000, -3_600_000]) {
      // Only the database's clock, not the monotonic one of the replica.
      world.table.advance(ms);
      await claims.claim(src(`after-${String(ms)}`));
      const [event] = (await world.store.read('resources-r')).slice(-1);
      expect((event?.data as { requestedAt: string }).requestedAt).toBe(await world.table.now());
    }
  });
});

describe('commands for one ledger that come together', () => {
  it('are appended together, each with events of its own, in the order they came', async () => {
    const world = new World();
    const appends: StreamAppend[] = [];
    const { claims } = world.replica(watched(world, appends));
    await claims.claim(src('first'));
    const replies = await Promise.all(['a', 'b', 'c'].map((claimId) => claims.claim(src(claimId))));
    expect(replies.map(({ status }) => status)).toEqual(['queued', 'queued', 'queued']);
    const events = await world.store.read('resources-r');
    expect(events.map(({ data }) => (data as { claimId: string }).claimId)).toEqual([
      ...['first', 'first'],
      ...['a', 'b', 'c'],
    ]);
    expect(new Set(events.map(({ causationId }) => causationId)).size).toBe(4);
    // The first of the three goes at once, the two behind it together.
    expect(appends.map((append) => append.events.length)).toEqual([2, 1, 2]);
  });

  it('are refused one by one', async () => {
    const { claims } = new World().replica();
    const outcomes = await Promise.allSettled([
      claims.claim(src('a')),
      claims.release({ scope: 'r', claimId: 'unknown', token: 1 }),
      claims.claim({ ...src('a'), ttlMs: ttlMs + 1 }),
      claims.claim(src('b')),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
    expect(outcomes[1]).toMatchObject({ reason: { code: 'UNKNOWN_CLAIM' } });
    expect(outcomes[2]).toMatchObject({ reason: { code: 'CLAIM_REUSED' } });
  });

  it('are decided again, all of them, when another replica came between', async () => {
    const world = new World();
    const [one, other] = [world.replica(), world.replica()];
    const token = tokenOf(await one.claims.claim(src('a')));
    await other.claims.release({ scope: 'r', claimId: 'a', token });
    const replies = await Promise.all(['b', 'c', 'd'].map((claimId) => one.claims.claim(src(claimId))));
    expect(replies.map(({ status }) => status)).toEqual(['granted', 'queued', 'queued']);
  });

  it('happen although one of them was repeated after the ledger forgot it', async () => {
    const world = new World();
    const { claims } = world.replica();
    const forgotten = tokenOf(await claims.claim(src('old')));
    await claims.release({ scope: 'r', claimId: 'old', token: forgotten });
    for (let n = 0; n < 600; n += 1) {
      const claimId = `later-${String(n)}`;
      const token = tokenOf(await claims.claim(src(claimId)));
      await claims.release({ scope: 'r', claimId, token });
    }
    const [, repeated, fresh] = await Promise.allSettled([
      claims.claim(request('away', 'path:/r/main/docs')),
      claims.claim(src('old')),
      claims.claim(src('new')),
    ]);
    expect(repeated).toMatchObject({ status: 'rejected', reason: { code: 'UNKNOWN_CLAIM' } });
    expect(fresh).toMatchObject({ status: 'fulfilled', value: { status: 'granted' } });
  }, 30_000);

  it('let a renewal that came before an expiry concern that expiry alone', async () => {
    const world = new World();
    const replica = world.replica();
    const token = tokenOf(await replica.claims.claim(src('a')));
    await world.pass(ttlMs - 100, replica);
    world.advance(200);
    const [, claimed] = await Promise.all([
      replica.sweeper.sweep(),
      replica.claims.claim(src('b')),
      replica.leases.renew({ scope: 'r', claimId: 'a', token }),
    ]);
    expect(claimed).toMatchObject({ status: 'queued' });
    expect(await replica.leases.renew({ scope: 'r', claimId: 'a', token })).toMatchObject({ token });
  });

  it('give sixteen who want the same in turn, one at a time', async () => {
    const world = new World();
    const replicas = [world.replica(), world.replica()];
    const rounds = 12;
    const taken: string[] = [];
    let holders = 0;
    let newest = 0;
    const client = async (name: string, place: number): Promise<void> => {
      const { claims } = replicas[place % 2] ?? world.replica();
      for (let round = 0; round < rounds; round += 1) {
        const claim = { ...src(`${name}.${String(round)}`), owner: { missionId: name }, waitMs: 20_000 };
        const token = tokenOf(await claims.claim(claim));
        taken.push(name);
        holders += 1;
        expect([holders, token > newest]).toEqual([1, true]);
        newest = token;
        await new Promise(setImmediate);
        holders -= 1;
        await claims.release({ scope: 'r', claimId: claim.claimId, token });
      }
    };
    const names = Array.from({ length: 16 }, (_, place) => `client-${String(place)}`);
    await Promise.all(names.map(client));
    expect(taken).toHaveLength(16 * rounds);
    const half = taken.slice(0, taken.length / 2);
    const grants = names.map((name) => half.filter((one) => one === name).length);
    expect(Math.min(...grants) / Math.max(...grants)).toBeGreaterThanOrEqual(0.8);
  }, 30_000);
});
