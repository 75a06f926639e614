import { resourceSubjects } from '@missions/leasing';
import { settle, testDatabase, testNats } from '@missions/testing';
import { hourMs, LockStage } from './testing/wiring/lock-stage.ts';

let stage: LockStage;
/** Of the case: no other uses it. */
let scope: string;

beforeAll(async () => {
  stage = await LockStage.open({ testDatabase, testNats });
  await Promise.all([stage.replica(), stage.replica()]);
  await settle(() => stage.ask(resourceSubjects.state, { scope: 'ready' }));
}, 60_000);

afterAll(() => stage.close());

beforeEach(() => {
  scope = stage.newScope();
});

interface Held {
  readonly claimId: string;
  readonly token: number;
}

const src = () => `path:/${scope}/main/src`;
const negotiationId = 'b/1';

/** `a` reads and may upgrade, `b` waits for it and has talked with it, `c` holds something else of the same ledger. */
async function talking(ttlMs = hourMs): Promise<{ readonly a: Held; readonly c: Held }> {
  const c = { claimId: 'c', token: await stage.granted('c', { resources: [`path:/${scope}/main/docs`] }) };
  const token = await stage.granted('a', { resources: [{ resource: src(), mode: 'U' }], ttlMs });
  const a = { claimId: 'a', token };
  await stage.claim('b', { resources: [`${src()}/api`] });
  const talk = { scope, negotiationId };
  await stage.ask(resourceSubjects.openNegotiation, { ...talk, claimId: 'b', withinMs: hourMs });
  const late = { kind: 'release_at', inMs: hourMs };
  await stage.ask(resourceSubjects.propose, { ...talk, proposalId: 'p1', holder: a, offer: late });
  const soon = { kind: 'hand_over_at_checkpoint', withinMs: 60_000 };
  const counter = { ...talk, proposalId: 'c1', counters: 'p1', claimId: 'b', offer: soon };
  await stage.ask(resourceSubjects.counter, counter);
  return { a, c };
}

const by = { kind: 'person' as const, id: 'eva' };
const person = (what: string) => ({ scope, by, reason: 'stuck', commandId: `${what}/${scope}` });

/** Everything that a holder, or a person about a holder, can do with a token. */
const effects: Readonly<Record<string, (held: Held) => Promise<unknown>>> = {
  release: (held) => stage.ask(resourceSubjects.release, { scope, ...held }),
  renew: (held) => stage.ask(resourceSubjects.renew, { scope, ...held }),
  narrow: (held) =>
    stage.ask(resourceSubjects.narrow, {
      scope,
      ...held,
      resources: [{ resource: `${src()}/web`, mode: 'S' }],
    }),
  upgrade: (held) => stage.ask(resourceSubjects.upgrade, { scope, ...held }),
  propose: (holder) =>
    stage.ask(resourceSubjects.propose, {
      ...{ scope, negotiationId, proposalId: 'p2', holder },
      offer: { kind: 'release_at', inMs: 1000 },
    }),
  accept: (held) => stage.ask(resourceSubjects.accept, { scope, negotiationId, proposalId: 'c1', by: held }),
  'refuse to talk': (held) => stage.ask(resourceSubjects.refuse, { scope, negotiationId, by: held }),
  revoke: (held) =>
    stage.ask(
      resourceSubjects.revoke,
      stage.signed('revoke', { ...person('revoke'), ...held, confirm: true }),
    ),
  extend: (held) =>
    stage.ask(resourceSubjects.extend, stage.signed('extend', { ...person('extend'), ...held, forMs: 1000 })),
};

/** Which code the stale effect is refused with. */
async function refusalOf(effect: string, held: Held): Promise<unknown> {
  const answer = await effects[effect]?.(held).then(
    () => 'accepted',
    (error: unknown) => (error as { readonly code?: unknown }).code,
  );
  return answer;
}

describe.each(Object.keys(effects))('%s', (effect) => {
  it('changes something under the token of the grant', async () => {
    const { a } = await talking();
    const before = await stage.everything();
    expect(await refusalOf(effect, a)).toBe('accepted');
    expect(await stage.everything()).not.toBe(before);
  });

  it.each<readonly [string, (held: Awaited<ReturnType<typeof talking>>) => Held]>([
    ['from the past', ({ a }) => ({ ...a, token: a.token - 1 })],
    ['from the future', ({ a }) => ({ ...a, token: a.token + 1000 })],
    ['of another claim', ({ a, c }) => ({ ...a, token: c.token })],
    ['under the name of another claim', ({ a, c }) => ({ ...c, token: a.token })],
    ['of a claim nobody made', ({ a }) => ({ ...a, claimId: 'x' })],
    ['of a claim that waits', ({ a }) => ({ ...a, claimId: 'b' })],
  ])('is refused with a token %s, each time, and changes nothing', async (_which, stale) => {
    const held = stale(await talking());
    const before = await stage.everything();
    for (const _time of [1, 2]) expect(await refusalOf(effect, held)).toMatch(stalePattern);
    expect(await stage.everything()).toBe(before);
  });

  it.each<readonly [string, () => Promise<Held>]>([
    [
      'its release',
      async () => {
        const { a } = await talking();
        await effects['release']?.(a);
        return a;
      },
    ],
    [
      'its expiry',
      async () => {
        const { a } = await talking(1_500);
        await settle(async () => (await stage.events(scope)).some(({ type }) => type === 'LockExpired'));
        return a;
      },
    ],
    [
      'its release and a new claim of the same owner',
      async () => {
        const { a } = await talking();
        await effects['release']?.(a);
        await stage.claim('a2', { resources: [src()], missionId: 'mission-of-a' });
        return a;
      },
    ],
  ])('changes nothing after %s, each time', async (_what, over) => {
    const held = await over();
    const before = await stage.everything();
    // A repeated release is answered like the first.
    const repeated = effect === 'release' && !(await stage.events(scope)).some(isExpiry);
    for (const _time of [1, 2])
      expect(await refusalOf(effect, held)).toMatch(repeated ? /^accepted$/u : stalePattern);
    expect(await stage.everything()).toBe(before);
  });
});

const isExpiry = ({ type }: { readonly type: string }): boolean => type === 'LockExpired';
const stalePattern =
  /^(?:STALE_TOKEN|UNKNOWN_TOKEN|UNKNOWN_CLAIM|CLAIM_ENDED|CLAIM_WAITING|NOT_A_PARTY|PROPOSAL_STALE|NEGOTIATION_ENDED)$/u;
