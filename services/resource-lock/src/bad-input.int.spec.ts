import { delay } from '@missions/kernel';
import { renewReplySchema, resourceSubjects, stateReplySchema } from '@missions/leasing';
import { settle, testDatabase, testNats } from '@missions/testing';
import { hourMs, LockStage, stageLimits } from './testing/wiring/lock-stage.ts';

/** What replicas believe; only the clock of the database counts. */
const twoHoursMs = 7_200_000;
const wrongClocks = [twoHoursMs, -twoHoursMs].map((offMs) => ({
  now: () => new Date(Date.now() + offMs),
}));

let stage: LockStage;
/** Of the case: no other uses it. */
let scope: string;

beforeAll(async () => {
  stage = await LockStage.open({ testDatabase, testNats });
  await Promise.all(wrongClocks.map((clock) => stage.replica(clock)));
  const hasPools = async (): Promise<boolean> =>
    stateReplySchema.parse(await stage.ask(resourceSubjects.state, { scope: 'pooled' })).pools.length > 0;
  await settle(hasPools, { limitMs: 15_000 });
}, 60_000);

afterAll(() => stage.close());

beforeEach(() => {
  scope = stage.newScope();
});

const src = () => `path:/${scope}/main/src`;
const held = { claimId: 'a', token: 1 };

function codeOf(answer: Promise<unknown>): Promise<unknown> {
  return answer.then(
    () => 'accepted',
    (error: unknown) => (error as { readonly code?: unknown }).code,
  );
}

describe('what cannot be understood is refused with a code and changes nothing', () => {
  it.each([
    ['an unknown kind', 'prot:/h/80', 'UNKNOWN_RESOURCE_KIND'],
    ['no kind', '/h/80', 'MALFORMED_RESOURCE'],
    ['no path', 'repo:', 'MALFORMED_RESOURCE'],
    ['an empty segment', 'path:/r//main', 'MALFORMED_RESOURCE'],
    ['a relative segment', 'path:/r/main/../other', 'MALFORMED_RESOURCE'],
    ['a backslash', 'path:/r/main\\src', 'MALFORMED_RESOURCE'],
    ['a control character', 'path:/r/main/\u0007', 'MALFORMED_RESOURCE'],
    ['nothing but a pattern', 'path:/**', 'MALFORMED_RESOURCE'],
    ['a pattern where none is taken', 'branch:/r/mai*', 'MALFORMED_RESOURCE'],
    ['an unfinished pattern in the scope', 'path:/[r/main', 'MALFORMED_RESOURCE'],
    ['a port that is no number', 'port:/h/http', 'MALFORMED_RESOURCE'],
    ['a port out of range', 'port:/h/65536', 'MALFORMED_RESOURCE'],
    ['more than 64 segments', `path:/r/${'x/'.repeat(64)}y`, 'MALFORMED_RESOURCE'],
    ['a name beyond any length', `path:/r/${'x'.repeat(2000)}`, 'MALFORMED_COMMAND'],
    ['a pool nobody configured', 'pool:/pooled/tpu', 'UNKNOWN_POOL'],
    ['more than a pool has', { resource: 'pool:/pooled/gpu', units: 3 }, 'POOL_TOO_SMALL'],
    ['units of what is no pool', { resource: 'repo:/r', units: 2 }, 'MALFORMED_RESOURCE'],
    ['an unknown mode', { resource: 'repo:/r', mode: 'Y' }, 'MALFORMED_COMMAND'],
  ])('a claim of %s', async (_what, resource, code) => {
    const before = await stage.everything();
    const asked = { resources: [resource as string] };
    for (const _time of [1, 2]) expect(await codeOf(stage.claim('x', asked))).toBe(code);
    expect(await stage.everything()).toBe(before);
  });

  it.each<readonly [string, string, unknown]>([
    ['no owner', resourceSubjects.claim, { claimId: 'x', resources: ['repo:/r'], ttlMs: 1000 }],
    ['a lease of no time', resourceSubjects.claim, { ...request(), ttlMs: 0 }],
    ['a lease for ever', resourceSubjects.claim, { ...request(), ttlMs: 1e15 }],
    ['a wait beyond its limit', resourceSubjects.claim, { ...request(), waitMs: 3_600_000 }],
    ['a field nobody knows', resourceSubjects.claim, { ...request(), expiresAt: '2099-01-01T00:00:00Z' }],
    ['no resources', resourceSubjects.claim, { ...request(), resources: [] }],
    ['a token that is no number', resourceSubjects.release, { scope: 'r', claimId: 'a', token: '1' }],
    ['a token below all', resourceSubjects.release, { scope: 'r', claimId: 'a', token: 0 }],
    ['a token with a fraction', resourceSubjects.renew, { scope: 'r', claimId: 'a', token: 1.5 }],
    ['a scope that leads elsewhere', resourceSubjects.state, { scope: '../mission-m' }],
    ['a talk that the ledger itself would open', resourceSubjects.openNegotiation, talk('cycle/b', {})],
    ['a talk without an end', resourceSubjects.openNegotiation, talk('n', { withinMs: 1e12 })],
    ['an offer nobody knows', resourceSubjects.propose, proposal({ kind: 'pay', usd: 5 })],
    [
      'an offer at an instant of its own clock',
      resourceSubjects.propose,
      proposal({ kind: 'release_at', at: '2099-01-01T00:00:00Z' }),
    ],
    ['nothing at all', resourceSubjects.accept, null],
    ['a list', resourceSubjects.narrow, []],
  ])('a request with %s', async (_what, subject, payload) => {
    const before = await stage.everything();
    expect(await codeOf(stage.ask(subject, payload))).toBe('MALFORMED_COMMAND');
    expect(await stage.everything()).toBe(before);
  });

  function request(): object {
    return { claimId: 'x', owner: { missionId: 'm' }, resources: ['repo:/r'], ttlMs: 1000 };
  }

  function talk(negotiationId: string, more: object): object {
    return { scope: 'r', negotiationId, claimId: 'b', withinMs: 1000, ...more };
  }

  function proposal(offer: object): object {
    return { scope: 'r', negotiationId: 'n', proposalId: 'p', holder: held, offer };
  }
});

describe('what contradicts itself is refused with a code and changes nothing', () => {
  it.each<readonly [string, () => readonly [string, readonly string[], string | undefined], string]>([
    ['a parent of what its owner holds', () => ['a2', [src()], 'm'], 'OVERLAPPING_CLAIM'],
    ['a child of what its owner holds', () => ['a2', [`${src()}/api/deep`], 'm'], 'OVERLAPPING_CLAIM'],
    ['what its owner waits for', () => ['w2', [`${src()}/web/x`], 'w'], 'OVERLAPPING_CLAIM'],
    ['things of two ledgers', () => ['x', [src(), 'repo:/another'], undefined], 'MIXED_SCOPES'],
    ['something else under the same id', () => ['a', [`${src()}/web`], 'm'], 'CLAIM_REUSED'],
    ['the same for somebody else', () => ['a', [`${src()}/api`], 'other'], 'CLAIM_REUSED'],
    ['anew what was given back', () => ['old', [`${src()}/old`], 'm'], 'CLAIM_ENDED'],
  ])('a claim of %s', async (_what, asked, code) => {
    const token = await stage.granted('old', { resources: [`${src()}/old`], missionId: 'm' });
    await stage.ask(resourceSubjects.release, { scope, claimId: 'old', token });
    await stage.granted('a', { resources: [`${src()}/api`], missionId: 'm' });
    await stage.granted('h', { resources: [`${src()}/web`], missionId: 'h' });
    await stage.claim('w', { resources: [`${src()}/web`], missionId: 'w' });
    const before = await stage.everything();
    const [claimId, resources, missionId] = asked();
    const claim = { resources, ...(missionId !== undefined && { missionId }) };
    for (const _time of [1, 2]) expect(await codeOf(stage.claim(claimId, claim))).toBe(code);
    expect(await stage.everything()).toBe(before);
  });

  it('a release said twice happens once, and the second says so', async () => {
    const token = await stage.granted('a', { resources: [src()] });
    await stage.claim('b', { resources: [src()] });
    const release = () => stage.ask(resourceSubjects.release, { scope, claimId: 'a', token });
    const first = await release();
    const after = await stage.everything();
    expect(await release()).toMatchObject({ claimId: 'a', scope });
    expect(first).toMatchObject({ claimId: 'a', scope });
    expect(await stage.everything()).toBe(after);
  });

  it('a proposal that was taken when its grant had moved on is stale', async () => {
    const token = await stage.granted('a', { resources: [src()] });
    await stage.claim('b', { resources: [`${src()}/api`] });
    const talk = { scope, negotiationId: 'b/1' };
    await stage.ask(resourceSubjects.openNegotiation, { ...talk, claimId: 'b', withinMs: hourMs });
    const keep = [`${src()}/web`];
    await stage.ask(resourceSubjects.propose, {
      ...{ ...talk, proposalId: 'p1', holder: { claimId: 'a', token } },
      offer: { kind: 'narrow', keep },
    });
    await stage.ask(resourceSubjects.release, { scope, claimId: 'a', token });
    await stage.claim('a2', { resources: [src()], missionId: 'mission-of-a' });
    const before = await stage.everything();
    const accept = { ...talk, proposalId: 'p1', by: { claimId: 'b' } };
    for (const _time of [1, 2])
      expect(await codeOf(stage.ask(resourceSubjects.accept, accept))).toMatch(
        /^(?:PROPOSAL_STALE|NEGOTIATION_ENDED)$/u,
      );
    expect(await stage.everything()).toBe(before);
  });
});

describe('a negotiator that never answers', () => {
  it('has refused when the time is up, and the queue goes on', async () => {
    const token = await stage.granted('a', { resources: [src()] });
    await stage.claim('b', { resources: [src()] });
    const talk = { scope, negotiationId: 'b/1' };
    await stage.ask(resourceSubjects.openNegotiation, { ...talk, claimId: 'b', withinMs: 200 });
    const isOver = async (): Promise<boolean> =>
      (await stage.events(scope)).some(({ type }) => type === 'NegotiationFailed');
    await settle(isOver);
    const [failed] = (await stage.events(scope)).filter(({ type }) => type === 'NegotiationFailed');
    expect(failed?.data).toMatchObject({ negotiationId: 'b/1', reason: 'timeout' });
    await stage.ask(resourceSubjects.release, { scope, claimId: 'a', token });
    expect(await stage.claim('b', { resources: [src()] })).toMatchObject({ status: 'granted' });
  });

  it('in a circle costs one claim of the circle its place, and nobody its grant', async () => {
    const [one, two] = [`${src()}/one`, `${src()}/two`];
    await stage.granted('a1', { resources: [one], missionId: 'a' });
    await stage.granted('b1', { resources: [two], missionId: 'b' });
    await stage.claim('a2', { resources: [two], missionId: 'a' });
    await stage.claim('b2', { resources: [one], missionId: 'b' });
    await settle(async () => (await stage.events(scope)).some(({ type }) => type === 'LockDenied'));
    const state = stateReplySchema.parse(await stage.ask(resourceSubjects.state, { scope }));
    expect(state.held.map(({ claimId }) => claimId)).toEqual(['a1', 'b1']);
    expect(state.queue).toHaveLength(1);
  });
});

describe('replicas whose clocks are two hours off, one ahead and one behind', () => {
  it('date everything by the clock of the database', async () => {
    await stage.granted('a', { resources: [src()] });
    await stage.claim('b', { resources: [src()] });
    const talk = { scope, negotiationId: 'b/1', claimId: 'b', withinMs: 60_000 };
    await stage.ask(resourceSubjects.openNegotiation, talk);
    const instants = (await stage.events(scope)).flatMap(({ data }) =>
      Object.entries(data as Record<string, unknown>).flatMap(([name, value]) =>
        /At$/u.test(name) && typeof value === 'string' ? [value] : [],
      ),
    );
    expect(instants.length).toBeGreaterThanOrEqual(4);
    for (const instant of instants) expect(Math.abs(await stage.aheadS(instant))).toBeLessThan(30);
    const state = stateReplySchema.parse(await stage.ask(resourceSubjects.state, { scope }));
    const deadlineS = await stage.aheadS(state.negotiations[0]?.deadline ?? '');
    expect(deadlineS).toBeGreaterThan(30);
    expect(deadlineS).toBeLessThanOrEqual(60);
  });

  it('end no lease early and none late', async () => {
    const token = await stage.granted('a', { resources: [src()], ttlMs: 700 });
    const waiting = stage.claim('b', { resources: [src()], waitMs: 20_000 });
    for (let renewals = 0; renewals < 6; renewals += 1) {
      const renewed = await stage.ask(resourceSubjects.renew, { scope, claimId: 'a', token });
      expect(await stage.aheadS(renewReplySchema.parse(renewed).expiresAt)).toBeLessThanOrEqual(0.7);
      await delay(100);
    }
    expect(await waiting).toMatchObject({ status: 'granted' });
    const [expired] = (await stage.events(scope)).filter(({ type }) => type === 'LockExpired');
    const { expiredAt } = expired?.data as { readonly expiredAt: string };
    expect(Math.abs(await stage.aheadS(expiredAt))).toBeLessThan(30);
  });

  it('keep a port closed for exactly as long as it has to be', async () => {
    const port = `port:/${scope}/8080`;
    await stage.granted('a', { resources: [port], ttlMs: 150 });
    expect(await stage.claim('b', { resources: [port], waitMs: 20_000 })).toMatchObject({
      status: 'granted',
    });
    const closedMs = await stage.closedMs(scope);
    expect(closedMs).toBeGreaterThanOrEqual(stageLimits.lockDelayMs);
    expect(closedMs).toBeLessThan(stageLimits.lockDelayMs + 10_000);
  });
});
