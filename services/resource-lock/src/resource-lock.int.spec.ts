import { delay } from '@missions/kernel';
import {
  changedReplySchema,
  renewReplySchema,
  resourceSubjects,
  stateReplySchema,
  type ClaimReply,
  type WantInput,
} from '@missions/leasing';
import { settle, testDatabase, testNats } from '@missions/testing';
import { LockStage, stageLimits, type Replica } from './testing/wiring/lock-stage.ts';

let stage: LockStage;
let replicas: readonly Replica[];

beforeAll(async () => {
  stage = await LockStage.open({ testDatabase, testNats, answerMs: 10_000 });
  replicas = [await stage.replica(), await stage.replica()];
}, 60_000);

afterAll(() => stage.close());

const ask = (subject: string, payload: unknown): Promise<unknown> => stage.ask(subject, payload);

const claim = (claimId: string, resource: WantInput, ttlMs = 20_000): Promise<ClaimReply> =>
  stage.claim(claimId, { resources: [resource], ttlMs });

const granted = (claimId: string, resource: WantInput, ttlMs = 20_000): Promise<number> =>
  stage.granted(claimId, { resources: [resource], ttlMs });

const release = (scope: string, claimId: string, token: number): Promise<unknown> =>
  ask(resourceSubjects.release, { scope, claimId, token });

async function types(scope: string): Promise<readonly string[]> {
  return (await stage.events(scope)).map(({ type }) => type);
}

describe('the resource-lock service', () => {
  it('grants, queues, and hands on at release; every decision is an event of its ledger', async () => {
    const token = await granted('a', 'path:/one/main/src');
    expect(await claim('b', 'path:/one/main/src/api')).toMatchObject({ status: 'queued', position: 1 });
    await release('one', 'a', token);
    expect(await granted('b', 'path:/one/main/src/api')).toBeGreaterThan(token);
    expect(await types('one')).toEqual([
      'LockRequested',
      'LockGranted',
      'LockRequested',
      'LockReleased',
      'LockGranted',
    ]);
  });

  it('keeps one lease row for each grant and no other', async () => {
    expect(await stage.leases('one')).toEqual([{ claimId: 'b', token: 5 }]);
  });

  it('refuses what is malformed, with what is wrong where, and what the rules forbid, with its code', async () => {
    await expect(ask(resourceSubjects.claim, { claimId: 'x', resources: [], ttl: 1 })).rejects.toMatchObject({
      code: 'MALFORMED_COMMAND',
      message: expect.stringContaining('owner') as string,
    });
    await expect(claim('x', 'prot:/h/80')).rejects.toMatchObject({ code: 'UNKNOWN_RESOURCE_KIND' });
    await expect(release('nowhere', 'x', 1)).rejects.toMatchObject({ code: 'UNKNOWN_CLAIM' });
    await expect(release('../x', 'x', 1)).rejects.toMatchObject({ code: 'MALFORMED_COMMAND' });
    await expect(ask(resourceSubjects.withdraw, { scope: 'one', claimId: 'b' })).rejects.toMatchObject({
      code: 'CLAIM_GRANTED',
      evidence: { token: 5 },
    });
  });

  it('renews by the clock of the database', async () => {
    const token = await granted('a', 'repo:/renewed', 5000);
    const reply = renewReplySchema.parse(
      await ask(resourceSubjects.renew, { scope: 'renewed', claimId: 'a', token }),
    );
    const leftS = await stage.aheadS(reply.expiresAt);
    expect(leftS).toBeGreaterThan(4);
    expect(leftS).toBeLessThanOrEqual(5);
  });

  it('ends a lease nobody renews and grants to the next, whose token is higher', async () => {
    const token = await granted('a', 'repo:/expiring', 200);
    await claim('b', 'repo:/expiring');
    const next = await settle(() => granted('b', 'repo:/expiring'));
    expect(next).toBeGreaterThan(token);
    await expect(
      ask(resourceSubjects.renew, { scope: 'expiring', claimId: 'a', token }),
    ).rejects.toMatchObject({
      code: 'CLAIM_ENDED',
    });
  });

  it('keeps a port closed for the lock-delay after an expiry, then opens it by itself', async () => {
    await granted('a', 'port:/host/8080', 200);
    await claim('b', 'port:/host/8080');
    await settle(async () => (await types('host')).includes('LockExpired'));
    expect(await claim('b', 'port:/host/8080')).toMatchObject({ status: 'queued', holders: [] });
    await settle(() => granted('b', 'port:/host/8080'));
    expect(await stage.closedMs('host')).toBeGreaterThanOrEqual(stageLimits.lockDelayMs);
  });

  it('serves sixteen clients at two replicas one after the other, in the order of the queue', async () => {
    const clientIds = Array.from({ length: 16 }, (_, n) => `c${n}`);
    const visits: { readonly claimId: string; readonly token: number }[] = [];
    let inside = 0;
    await Promise.all(
      clientIds.map(async (claimId) => {
        let reply = await claim(claimId, 'repo:/busy');
        while (reply.status === 'queued') {
          await delay(5);
          reply = await claim(claimId, 'repo:/busy');
        }
        inside += 1;
        expect(inside).toBe(1);
        visits.push({ claimId, token: reply.token });
        await delay(2);
        inside -= 1;
        await release('busy', claimId, reply.token);
      }),
    );
    const events = await stage.events('busy');
    const claimsOf = (type: string): readonly string[] =>
      events
        .filter((event) => event.type === type)
        .map((event) => (event.data as { claimId: string }).claimId);
    expect(visits.map(({ claimId }) => claimId)).toEqual(claimsOf('LockRequested'));
    expect(visits.map(({ token }) => token)).toEqual(visits.map(({ token }) => token).sort((a, b) => a - b));
    expect(events).toHaveLength(48);
  });

  it('shows a ledger with its holders, its queue and why each waits', async () => {
    await granted('a', 'path:/shown/main/src');
    await claim('b', 'repo:/shown');
    const state = stateReplySchema.parse(await ask(resourceSubjects.state, { scope: 'shown' }));
    expect(state).toMatchObject({
      scope: 'shown',
      version: 3,
      held: [{ claimId: 'a', token: 2, resources: [{ resource: 'path:/shown/main/src', mode: 'X' }] }],
      queue: [{ claimId: 'b', position: 1, holders: [{ claimId: 'a' }] }],
      closed: [],
    });
  });

  it('lets readers share, makes room for one that upgrades, and takes back what is narrowed', async () => {
    const read = { resource: 'path:/read/main/src', mode: 'S' } as const;
    const token = await granted('reader', read);
    const editor = {
      scope: 'read',
      claimId: 'editor',
      token: await granted('editor', { ...read, mode: 'U' }),
    };
    const upgrade = async () => changedReplySchema.parse(await ask(resourceSubjects.upgrade, editor));
    expect(await upgrade()).toMatchObject({ status: 'upgrading', holders: [{ claimId: 'reader' }] });
    expect(await claim('late', read)).toMatchObject({ status: 'queued', holders: [{ claimId: 'editor' }] });
    await release('read', 'reader', token);
    expect(await upgrade()).toMatchObject({ status: 'held', resources: [{ mode: 'X' }] });
    await ask(resourceSubjects.narrow, { ...editor, resources: [read] });
    expect(await granted('late', read)).toBeGreaterThan(editor.token);
  });

  it('counts the units of a configured pool', async () => {
    const gpu = { resource: 'pool:/pooled/gpu' };
    const sized = (): Promise<boolean> =>
      ask(resourceSubjects.state, { scope: 'pooled' }).then(
        (state) => stateReplySchema.parse(state).pools.length === 1,
      );
    await settle(sized, { limitMs: 15_000 });
    const token = await granted('one', gpu);
    await granted('two', gpu);
    expect(await claim('three', gpu)).toMatchObject({ status: 'queued' });
    await release('pooled', 'one', token);
    expect(await granted('three', gpu)).toBeGreaterThan(token);
    await expect(claim('four', { ...gpu, units: 3 })).rejects.toMatchObject({ code: 'POOL_TOO_SMALL' });
  });

  it('answers a claim that waits when it is granted at whatever replica', async () => {
    const token = await granted('a', 'repo:/awaited');
    const waiting = ask(resourceSubjects.claim, {
      claimId: 'b',
      owner: { missionId: 'mission-of-b' },
      resources: ['repo:/awaited'],
      ttlMs: 20_000,
      waitMs: 20_000,
    });
    await settle(async () => (await types('awaited')).length === 3);
    await release('awaited', 'a', token);
    expect(await waiting).toMatchObject({ status: 'granted', claimId: 'b' });
    const ticket = { scope: 'awaited', claimId: 'a' };
    expect(await ask(resourceSubjects.ticket, ticket)).toMatchObject({ status: 'ended', how: 'released' });
  });

  it('lets a waiting claim and its holder agree, and enforces what they agreed on', async () => {
    const scope = 'talked';
    const token = await granted('a', 'path:/talked/main/src', 400);
    await claim('b', 'path:/talked/main/src/api');
    const talk = { scope, negotiationId: 'b/1' };
    const holder = { claimId: 'a', token };
    await ask(resourceSubjects.openNegotiation, { ...talk, claimId: 'b', withinMs: 10_000 });
    const late = { kind: 'release_at', inMs: 60_000 };
    await ask(resourceSubjects.propose, { ...talk, proposalId: 'p1', holder, offer: late });
    const soon = { kind: 'hand_over_at_checkpoint', withinMs: 1000 };
    await ask(resourceSubjects.counter, {
      ...talk,
      proposalId: 'c1',
      counters: 'p1',
      claimId: 'b',
      offer: soon,
    });
    await ask(resourceSubjects.accept, { ...talk, proposalId: 'c1', by: holder });
    const renew = async () =>
      renewReplySchema.parse(await ask(resourceSubjects.renew, { scope, claimId: 'a', token }));
    const told = await renew();
    expect(told.wanted).toBe('hand_over');
    expect(told.endsInMs).toBeLessThanOrEqual(1000);
    const refusal: unknown = await settle(() =>
      renew().then(
        () => undefined,
        (error: unknown) => error,
      ),
    );
    expect(['COMMITMENT_DUE', 'CLAIM_ENDED']).toContain((refusal as { readonly code?: string }).code);
    await settle(() => granted('b', 'path:/talked/main/src/api'));
    const state = stateReplySchema.parse(await ask(resourceSubjects.state, { scope }));
    expect(state.negotiations).toMatchObject([
      { negotiationId: 'b/1', outcome: { how: 'settled' }, rounds: 1 },
    ]);
    expect(await types(scope)).toContain('NegotiationSettled');
  });

  it('believes a person only with the signature of Mission Control over exactly what is asked', async () => {
    const token = await granted('a', 'repo:/revoked');
    await claim('b', 'repo:/revoked');
    const asked = {
      scope: 'revoked',
      commandId: 'c1',
      claimId: 'a',
      token,
      by: { kind: 'person' as const, id: 'eva' },
      reason: 'stuck',
      confirm: true,
    };
    const revoke = (request: object): Promise<unknown> => ask(resourceSubjects.revoke, request);
    await expect(revoke(asked)).rejects.toMatchObject({ code: 'SIGNATURE_REQUIRED' });
    const other = stage.signed('revoke', { ...asked, token: token + 1 });
    await expect(revoke({ ...other, token })).rejects.toMatchObject({
      code: 'SIGNATURE_REQUIRED',
    });
    await revoke(stage.signed('revoke', asked));
    expect(await granted('b', 'repo:/revoked')).toBeGreaterThan(token);
    await expect(
      ask(resourceSubjects.renew, { scope: 'revoked', claimId: 'a', token }),
    ).rejects.toMatchObject({ code: 'CLAIM_ENDED', evidence: { by: 'eva', reason: 'stuck' } });
  });

  it('keeps queue and leases when every replica is replaced', async () => {
    const token = await granted('a', 'repo:/kept');
    await claim('b', 'repo:/kept');
    const old = replicas;
    replicas = [await stage.replica(), await stage.replica()];
    await Promise.all(old.map(({ stop }) => stop()));
    expect(await claim('c', 'repo:/kept')).toMatchObject({ status: 'queued', position: 2 });
    await release('kept', 'a', token);
    expect(await granted('b', 'repo:/kept')).toBeGreaterThan(token);
  });

  it('answers while NATS restarts under it, once NATS is back', async () => {
    const token = await granted('a', 'repo:/reconnected');
    await stage.restartNats();
    await settle(() => release('reconnected', 'a', token).then(() => true), { limitMs: 15_000 });
  });

  it('says that it is alive and ready, and counts', async () => {
    const [{ port }] = replicas as [Replica, ...Replica[]];
    const get = async (path: string): Promise<Response> => fetch(`http://127.0.0.1:${port}/${path}`);
    expect(await (await get('health/live')).json()).toEqual({ alive: true });
    expect(await (await get('health/ready')).json()).toEqual({ ready: true, checks: { postgres: 'ok' } });
    const texts = replicas.map(async (one) => (await fetch(`http://127.0.0.1:${one.port}/metrics`)).text());
    const metrics = (await Promise.all(texts)).join('\n');
    expect(metrics).toContain('missions_leases_expired_total');
    expect(metrics).toMatch(/missions_lock_wait_seconds_count\{[^}]*\} [1-9]/u);
    expect(metrics).toMatch(/missions_lock_hold_seconds_count\{[^}]*end="released"[^}]*\} [1-9]/u);
    expect(metrics).toContain('missions_negotiations_total');
  });
});
