import { isRefusal } from '@missions/kernel';
import { resourceSubjects } from '@missions/leasing';
import { settle, testDatabase, testNats } from '@missions/testing';
import { seeded } from './testing/seeded.ts';
import { LockStage } from './testing/wiring/lock-stage.ts';

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

const src = () => `path:/${scope}/main/src`;

describe.each(['one', 'two', 'three'])('good clients among bad ones, seed %s', (seed) => {
  const random = seeded(seed);
  const pick = <T>(choices: readonly T[]): T => choices[Math.floor(random() * choices.length)] as T;

  /** Something wrong, at random: in form, in name, in time, or about what is not its own. */
  function badRequest(): readonly [string, unknown] {
    const claimId = pick(['g0-0', 'g1-1', 'g2-0', 'nobody', '']);
    // Version 1 of a ledger is a request, so nobody was ever granted anything under it.
    const token = pick([1, 1e9, -1, 0.5]);
    const offer = pick([
      { kind: 'narrow', keep: ['repo:/elsewhere'] },
      { kind: 'release_at', inMs: 0 },
      { kind: 'swap', forClaimId: 'nobody', forToken: 1 },
    ]);
    const talk = { scope, negotiationId: pick(['n1', 'cycle/g0-0']), proposalId: 'p' };
    const holder = { claimId, token };
    return pick<readonly [string, unknown]>([
      [resourceSubjects.claim, { claimId, owner: { missionId: 'bad' }, resources: ['nonsense'], ttlMs: 500 }],
      [resourceSubjects.claim, { claimId, owner: { missionId: 'bad' }, resources: [src()], ttlMs: 0 }],
      [resourceSubjects.release, { scope, claimId, token }],
      [resourceSubjects.renew, { scope, claimId, token }],
      [resourceSubjects.narrow, { scope, claimId, token, resources: [src()] }],
      [resourceSubjects.upgrade, { scope, claimId, token }],
      [resourceSubjects.propose, { ...talk, holder, offer }],
      [resourceSubjects.accept, { ...talk, by: holder }],
      [resourceSubjects.refuse, { scope, negotiationId: 'n1', by: holder }],
      [
        resourceSubjects.revoke,
        {
          scope,
          claimId,
          token,
          confirm: true,
          by: { kind: 'person', id: 'eve' },
          reason: 'r',
          commandId: 'c',
        },
      ],
    ]);
  }

  it('are all answered, in the order they asked, and nothing bad is in the ledger', async () => {
    const good = Array.from({ length: 6 }, (_, client) => client);
    const answered: string[] = [];
    const working = new AbortController();
    const outcomes = { refused: 0, other: [] as unknown[] };
    const bad = Array.from({ length: 4 }, async () => {
      while (!working.signal.aborted) {
        const [subject, payload] = badRequest();
        await stage.ask(subject, payload).then(
          (answer) => outcomes.other.push({ subject, payload, answer }),
          (error: unknown) =>
            isRefusal(error) ? (outcomes.refused += 1) : outcomes.other.push({ subject, payload, error }),
        );
      }
    });
    await Promise.all(
      good.map(async (client) => {
        for (let round = 0; round < 8; round += 1) {
          const claimId = `g${String(client)}-${String(round)}`;
          const reply = await stage.claim(claimId, { resources: [src()], waitMs: 30_000 });
          if (reply.status !== 'granted') throw new Error(`${claimId} was starved.`);
          answered.push(claimId);
          await stage.ask(resourceSubjects.release, { scope, claimId, token: reply.token });
        }
      }),
    );
    working.abort();
    await Promise.all(bad);
    expect(outcomes.other).toEqual([]);
    expect(outcomes.refused).toBeGreaterThan(48);
    expect(answered).toHaveLength(48);
    const events = await stage.events(scope);
    const claimsOf = (type: string): readonly string[] =>
      events.flatMap((event) =>
        event.type === type ? [(event.data as { readonly claimId: string }).claimId] : [],
      );
    expect(claimsOf('LockGranted')).toEqual(claimsOf('LockRequested'));
    expect(events).toHaveLength(3 * 48);
  }, 120_000);
});
