import type { Actor } from '@missions/kernel';
import type { ClaimRequest, OfferInput } from '@missions/leasing';
import { request, src, startMs, tokenOf, World, type Replica } from '../testing/world.ts';

const eva: Actor = { kind: 'person', id: 'eva' };
const scope = 'r';
const negotiationId = 'b/1';

/** `a` holds what `b` waits for, and `b` has asked. */
async function talking(world = new World()): Promise<{
  readonly world: World;
  readonly replica: Replica;
  readonly token: number;
}> {
  const replica = world.replica();
  const token = tokenOf(await replica.claims.claim(src('a')));
  await replica.claims.claim(request('b', 'path:/r/main/src/api'));
  await replica.talk.open({ scope, negotiationId, claimId: 'b', withinMs: 10_000 });
  return { world, replica, token };
}

async function settle(
  { replica, token }: { readonly replica: Replica; readonly token: number },
  offer: OfferInput,
): Promise<void> {
  const holder = { claimId: 'a', token };
  await replica.talk.propose({ scope, negotiationId, proposalId: 'p', holder, offer });
  const reply = await replica.talk.accept({ scope, negotiationId, proposalId: 'p', by: { claimId: 'b' } });
  expect(reply.outcome).toMatchObject({ how: 'settled' });
}

describe('a settled negotiation', () => {
  it('hands on at once what was given up at once, and the holder hears it at its next renewal', async () => {
    const { world, replica, token } = await talking();
    const other = world.replica();
    await other.leases.renew({ scope, claimId: 'a', token });
    await settle(
      { replica, token },
      { kind: 'narrow', keep: [{ resource: 'path:/r/main/src/web', mode: 'X' }] },
    );
    expect(await replica.claims.ticket({ scope, claimId: 'b' })).toMatchObject({ status: 'granted' });
    expect(await other.leases.renew({ scope, claimId: 'a', token })).toMatchObject({
      wanted: 'go',
      resources: [{ resource: 'path:/r/main/src/web', mode: 'X' }],
    });
  });

  it('lets nobody renew beyond the promised end, which is then enforced', async () => {
    const { world, replica, token } = await talking();
    await settle({ replica, token }, { kind: 'release_at', inMs: 1500 });
    await world.pass(800, replica);
    expect(await replica.leases.renew({ scope, claimId: 'a', token })).toMatchObject({
      wanted: 'go',
      ttlMs: 700,
      endsInMs: 700,
    });
    await world.pass(600, replica);
    world.advance(100);
    await expect(replica.leases.renew({ scope, claimId: 'a', token })).rejects.toMatchObject({
      code: 'COMMITMENT_DUE',
    });
    await world.pass(100, replica);
    expect(await replica.claims.ticket({ scope, claimId: 'b' })).toMatchObject({ status: 'granted' });
    expect((await world.types()).slice(-2)).toEqual(['LockExpired', 'LockGranted']);
  });

  it('tells a holder that promised its checkpoint to hand over, up to the latest time', async () => {
    const { world, replica, token } = await talking();
    await settle({ replica, token }, { kind: 'hand_over_at_checkpoint', withinMs: 5000 });
    expect(await replica.leases.renew({ scope, claimId: 'a', token })).toMatchObject({
      wanted: 'hand_over',
      ttlMs: 1000,
      endsInMs: 5000,
    });
    await world.pass(200, replica);
    await replica.claims.release({ scope, claimId: 'a', token });
    expect(await replica.claims.ticket({ scope, claimId: 'b' })).toMatchObject({ status: 'granted' });
    expect((await replica.leases.state({ scope })).commitments).toEqual([]);
  });
});

describe('a negotiation nobody answers', () => {
  it('is ended by the sweeper, at any replica and over restarts, and the queue goes on', async () => {
    const { world, token } = await talking();
    const successor = world.replica();
    await successor.leases.renew({ scope, claimId: 'a', token });
    for (let passed = 0; passed < 10_000; passed += 500) {
      await world.pass(500, successor);
      await successor.leases.renew({ scope, claimId: 'a', token });
    }
    expect(await successor.leases.negotiation({ scope, negotiationId })).toMatchObject({
      outcome: { how: 'timeout' },
    });
    await successor.claims.release({ scope, claimId: 'a', token });
    expect(await successor.claims.ticket({ scope, claimId: 'b' })).toMatchObject({ status: 'granted' });
  });
});

describe('owners that would wait for each other', () => {
  async function circle(world: World, priority?: number): Promise<Replica> {
    const replica = world.replica();
    const of = (owner: string, claim: ClaimRequest): ClaimRequest => ({
      ...claim,
      ttlMs: 60_000,
      owner: { missionId: owner },
    });
    await replica.claims.claim(of('ada', request('a1', 'path:/r/main/a')));
    await world.pass(100, replica);
    await replica.claims.claim(of('bob', request('b1', 'path:/r/main/b')));
    await replica.claims.claim(of('ada', request('a2', 'path:/r/main/b')));
    await replica.claims.claim({
      ...of('bob', request('b2', 'path:/r/main/a')),
      ...(priority !== undefined && { stakes: { priority } }),
    });
    return replica;
  }

  it('talk first; then the youngest loses its claim, and is told', async () => {
    const world = new World();
    const replica = await circle(world);
    expect(await replica.leases.state({ scope })).toMatchObject({
      negotiations: [{ negotiationId: 'cycle/b2', cause: 'cycle', holders: [{ claimId: 'a1' }] }],
      waits: [{ claimId: 'a2' }, { claimId: 'b2' }],
    });
    // Whoever asked for the last one is answered; the others have to be told.
    expect(world.pokes).toEqual(['resources-r@7']);
    await world.pass(5000, replica);
    expect(await replica.claims.ticket({ scope, claimId: 'b2' })).toMatchObject({ how: 'denied' });
    expect(await replica.claims.ticket({ scope, claimId: 'a2' })).toMatchObject({ status: 'queued' });
    const again = { ...request('b2', 'path:/r/main/a'), ttlMs: 60_000, owner: { missionId: 'bob' } };
    await expect(replica.claims.claim(again)).rejects.toMatchObject({ code: 'LOCK_CYCLE' });
  });

  it('spare the one whose mission matters more', async () => {
    const world = new World();
    const replica = await circle(world, 5);
    await world.pass(5000, replica);
    expect(await replica.claims.ticket({ scope, claimId: 'a2' })).toMatchObject({ how: 'denied' });
  });

  it('may exchange what they hold, and both go on', async () => {
    const world = new World();
    const replica = await circle(world);
    const { held } = await replica.leases.state({ scope });
    const [a1, b1] = held.map(({ claimId, token }) => ({ claimId, token }));
    if (a1 === undefined || b1 === undefined) throw new Error('Nobody holds.');
    const talk = { scope, negotiationId: 'cycle/b2', proposalId: 'p' };
    const offer = { kind: 'swap', forClaimId: b1.claimId, forToken: b1.token } as const;
    await replica.talk.propose({ ...talk, holder: a1, offer });
    await replica.talk.accept({ ...talk, by: { claimId: 'b2' } });
    expect(await replica.claims.ticket({ scope, claimId: 'a2' })).toMatchObject({ status: 'granted' });
    expect(await replica.claims.ticket({ scope, claimId: 'b2' })).toMatchObject({ status: 'granted' });
  });
});

describe('a person', () => {
  const asked = { scope, by: eva, reason: 'the night is short', signature: 'signed' };

  it('is believed only with a signature', async () => {
    const { replica, token } = await talking();
    const revoke = { ...asked, commandId: 'c1', claimId: 'a', token, confirm: true };
    await expect(replica.people.revoke({ ...revoke, signature: 'forged' })).rejects.toMatchObject({
      code: 'SIGNATURE_REQUIRED',
    });
    await expect(replica.people.revoke({ ...revoke, signature: undefined })).rejects.toMatchObject({
      code: 'SIGNATURE_REQUIRED',
    });
  });

  it('revokes a grant after a confirmation that says what is lost', async () => {
    const { world, replica, token } = await talking();
    const revoke = { ...asked, claimId: 'a', token };
    await expect(replica.people.revoke({ ...revoke, commandId: 'c1', confirm: false })).rejects.toMatchObject(
      {
        code: 'CONFIRMATION_REQUIRED',
        evidence: { owner: { missionId: 'mission-of-a' }, waiting: 1 },
      },
    );
    await replica.people.revoke({ ...revoke, commandId: 'c2', confirm: true });
    expect(await replica.claims.ticket({ scope, claimId: 'b' })).toMatchObject({ status: 'granted' });
    await expect(replica.leases.renew({ scope, claimId: 'a', token })).rejects.toMatchObject({
      code: 'CLAIM_ENDED',
    });
    const [revoked] = (await world.store.read('resources-r')).filter(({ type }) => type === 'LockRevoked');
    expect(revoked?.data).toMatchObject({ by: eva, reason: 'the night is short' });
  });

  it('lets a holder keep what it holds, renewed or not and whatever it promised', async () => {
    const { world, replica, token } = await talking();
    await settle({ replica, token }, { kind: 'release_at', inMs: 1500 });
    await replica.people.extend({ ...asked, commandId: 'c1', claimId: 'a', token, forMs: 3000 });
    await world.pass(2900, replica);
    expect(await replica.claims.ticket({ scope, claimId: 'b' })).toMatchObject({ status: 'queued' });
    await world.pass(200, replica);
    expect(await replica.claims.ticket({ scope, claimId: 'b' })).toMatchObject({ status: 'granted' });
  });

  it('moves a waiting claim to the head of the queue', async () => {
    const { replica, token } = await talking();
    await replica.claims.claim(request('c', 'path:/r/main/src/api'));
    await replica.people.reorder({ ...asked, commandId: 'c1', claimId: 'c' });
    await replica.claims.release({ scope, claimId: 'a', token });
    expect(await replica.claims.ticket({ scope, claimId: 'c' })).toMatchObject({ status: 'granted' });
    expect(await replica.claims.ticket({ scope, claimId: 'b' })).toMatchObject({ status: 'queued' });
  });
});

describe('a claim that waits', () => {
  it('is answered when it is granted, also by the decision of another replica', async () => {
    const world = new World();
    const [one, other] = [world.replica(), world.replica()];
    const token = tokenOf(await one.claims.claim(src('a')));
    const answer = one.claims.claim({ ...src('b'), waitMs: 20_000 });
    await other.claims.release({ scope, claimId: 'a', token });
    expect(await answer).toMatchObject({ status: 'granted', claimId: 'b' });
  });

  it('is told its place when the time is up, and keeps it over a restart', async () => {
    const world = new World();
    const before = world.replica();
    const token = tokenOf(await before.claims.claim(src('a')));
    expect(await before.claims.claim({ ...src('b'), waitMs: 1 })).toMatchObject({
      status: 'queued',
      position: 1,
      holders: [{ claimId: 'a' }],
    });
    const after = world.replica();
    expect(await after.claims.ticket({ scope, claimId: 'b' })).toMatchObject({
      status: 'queued',
      position: 1,
    });
    await after.claims.release({ scope, claimId: 'a', token });
    expect(await after.claims.ticket({ scope, claimId: 'b' })).toMatchObject({ status: 'granted' });
    await expect(after.claims.ticket({ scope, claimId: 'x' })).rejects.toMatchObject({
      code: 'UNKNOWN_CLAIM',
    });
  });

  it('is told its place at once when the service stops', async () => {
    const world = new World();
    const replica = world.replica();
    await replica.claims.claim(src('a'));
    const answer = replica.claims.claim({ ...src('b'), waitMs: 20_000 });
    world.stopping.abort();
    expect(await answer).toMatchObject({ status: 'queued' });
  });
});

it('the clock of a holder plays no part: only durations and the clock of the table', async () => {
  const { world, replica, token } = await talking();
  expect(Date.parse((await replica.leases.negotiation({ scope, negotiationId })).deadline)).toBe(
    startMs + 10_000,
  );
  await world.pass(900, replica);
  await replica.leases.renew({ scope, claimId: 'a', token });
  expect(await replica.claims.ticket({ scope, claimId: 'b' })).toMatchObject({ status: 'queued' });
});
