import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bus } from '@missions/bus';
import { connectBus } from '@missions/bus/nats';
import { lockLedgerSchema, lockNegotiationSchema, type LockLedger } from '@missions/contracts';
import { claimReplySchema, resourceSubjects, type ClaimReply } from '@missions/leasing';
import { inboxPrefixOf, type NatsServiceName } from '@missions/local';
import { openStage, type Stage } from './stage/stage.ts';

const FILES = 'path:/seen/main/src';

/** As a service of this stack logs in to its bus. */
function seedOf({ state }: Stage, name: NatsServiceName): string {
  const text = readFileSync(join(state, 'credentials.json'), 'utf8');
  const { nats } = JSON.parse(text) as { readonly nats: Readonly<Record<string, { readonly seed: string }>> };
  return nats[name]?.seed ?? '';
}

describe('people see who is in the way, and step in', () => {
  let stage: Stage;
  let bus: Bus | undefined;

  beforeAll(async () => {
    stage = await openStage({ services: ['resource-lock', 'mission-control'] });
    const name = 'orchestrator-decide';
    bus = await connectBus({
      ...{ servers: [stage.stack.servers.natsUrl], name, inboxPrefix: inboxPrefixOf(name) },
      login: { nkeySeed: seedOf(stage, name) },
    });
  });

  afterAll(async () => {
    await bus?.close();
    await stage.close();
  });

  async function claim(missionId: string, resource = FILES): Promise<ClaimReply> {
    const claimId = `${missionId}-r1/lock`;
    const payload = { claimId, owner: { missionId }, resources: [resource], ttlMs: 60_000 };
    return claimReplySchema.parse(await ask(resourceSubjects.claim, payload));
  }

  /** As the owner of missions asks on behalf of a run. */
  async function ask(subject: string, payload: unknown): Promise<unknown> {
    return bus?.request(subject, payload, { timeoutMs: 10_000 });
  }

  async function ledgers(...options: readonly string[]): Promise<readonly LockLedger[]> {
    const { json } = await stage.cli('locks', ...options);
    return (json['ledgers'] as readonly unknown[]).map((one) => lockLedgerSchema.parse(one));
  }

  it('by holder, queue, graph and talk; what is taken away goes to whoever is next, as they ordered it', async () => {
    const held = await claim('m-first');
    for (const mission of ['m-second', 'm-third']) await claim(mission);
    await claim('m-aside', 'port:/other/9090');
    const scope = 'seen';
    const negotiationId = 'n-1';
    const open = {
      scope,
      negotiationId,
      claimId: 'm-second-r1/lock',
      withinMs: 60_000,
      reason: 'Only once.',
    };
    await ask(resourceSubjects.openNegotiation, open);

    const [seen, ...others] = await ledgers('--resource', FILES);
    expect(others).toEqual([]);
    expect(seen?.held.map(({ claimId }) => claimId)).toEqual(['m-first-r1/lock']);
    expect(seen?.queue.map(({ claimId, position }) => [claimId, position])).toEqual([
      ['m-second-r1/lock', 1],
      ['m-third-r1/lock', 2],
    ]);
    expect(
      seen?.waits.map(({ owner, for: before }) => [owner.missionId, before.map((one) => one.missionId)]),
    ).toEqual([
      ['m-second', ['m-first']],
      ['m-third', ['m-first', 'm-second']],
    ]);
    expect(seen?.held[0]?.expiresAt).toEqual(expect.any(String));
    expect((await ledgers('--resource', 'port:/other/9090')).map((one) => one.scope)).toEqual(['other']);
    expect((await ledgers()).map((one) => one.scope)).toEqual(expect.arrayContaining(['other', 'seen']));
    const talk = await stage.cli('locks', 'negotiation', negotiationId);
    expect(lockNegotiationSchema.parse(talk.json)).toMatchObject({ scope, reason: 'Only once.' });

    const reordered = await stage.cli('locks', 'reorder', 'm-third-r1/lock', '--reason', 'Urgent');
    const revoked = await stage.cli('locks', 'revoke', 'm-first-r1/lock', '--reason', 'It hangs', '--yes');
    expect([reordered.exitCode, revoked.exitCode]).toEqual([0, 0]);
    const [after] = await ledgers('--resource', FILES);
    expect(after?.held.map(({ claimId }) => claimId)).toEqual(['m-third-r1/lock']);
    expect(after?.queue.map(({ claimId }) => claimId)).toEqual(['m-second-r1/lock']);
    expect(after?.held[0]?.token).toBeGreaterThan(held.status === 'granted' ? held.token : Infinity);
  });
});
