import { readTranscript, type AnyTool } from '@missions/agent';
import { askClaim } from '@missions/mission';
import { approved, smallProposal } from '@missions/mission/testing';
import { z } from 'zod';
import { driveRun } from './drive-run.ts';
import { performAgentRun } from './perform-agent-run.ts';
import { RunWorld } from './testing/index.ts';

const act = { calls: [{ tool: 'act' }], usage: { input: 1_000, output: 100 } };
const inLedger = { ledger: 'resources-r', version: 9 };
const resource = 'port:/local/8080';

/** The first turn asks, is granted and paused; every later one does nothing and is paused too. */
async function hold(world: RunWorld): Promise<void> {
  const { id, lock } = await world.run();
  const claimId = lock?.claimId ?? '';
  await world.told({ type: 'RecordLockGrant', data: { claimId, ...inLedger } });
  await driveRun(
    world.host(),
    await world.delegation(),
    async (claimed) => {
      const asks: AnyTool = {
        name: 'act',
        description: 'Acts.',
        input: z.strictObject({}),
        effect: 'write',
        repeatable: true,
        execute: async (_input, { turn }) => {
          if (turn === 1) await ask(world, { runId: id, token: claimed.run.token });
          await world.person({ type: 'PauseMission', data: {} });
          await claimed.held.renew();
          return { content: 'acted' };
        },
      };
      const tools = { tools: () => [asks], researchTools: [] };
      await performAgentRun(claimed, { system: 'You build.', briefing: 'Build it.', ...tools });
    },
    new AbortController().signal,
  );
}

/** The first turn asks, is granted, and the grant goes to another mission; the second pauses. */
async function exchangedInFirstTurn(world: RunWorld): Promise<void> {
  const { id, lock } = await world.run();
  await world.told({ type: 'RecordLockGrant', data: { claimId: lock?.claimId ?? '', ...inLedger } });
  await driveRun(
    world.host(),
    await world.delegation(),
    async (claimed) => {
      const asks: AnyTool = {
        name: 'act',
        description: 'Acts.',
        input: z.strictObject({}),
        effect: 'write',
        repeatable: true,
        execute: async (_input, { turn }) => {
          if (turn > 1) await world.person({ type: 'PauseMission', data: {} });
          else await exchange(claimed);
          await claimed.held.renew();
          return { content: 'acted' };
        },
      };
      const exchange = async ({ run }: typeof claimed): Promise<void> => {
        claimed.hasAsked = true;
        await ask(world, { runId: id, token: run.token });
        const data = { claimId: askClaim(id, '1-0a'), detail: 'It was given to m-other for it.' };
        await world.told({ type: 'RecordAskExchanged', data });
      };
      const tools = { tools: () => [asks], researchTools: [] };
      await performAgentRun(claimed, { system: 'You build.', briefing: 'Build it.', ...tools });
    },
    new AbortController().signal,
  );
}

async function ask(world: RunWorld, held: { readonly runId: string; readonly token: number }): Promise<void> {
  const claimId = askClaim(held.runId, '1-0a');
  const wanted = { claimId, resource, mode: 'X', reason: 'It is driven there.' } as const;
  await world.told({ type: 'AskForResource', data: { ...held, ...wanted } });
  await world.told({ type: 'RecordLockGrant', data: { claimId, ...inLedger } });
}

async function injected(world: RunWorld): Promise<readonly object[]> {
  const facts = await readTranscript(
    await world.store.read(`run-${(await world.run()).id}`),
    world.artifacts,
  );
  return facts.flatMap((fact) => (fact.type === 'MessageInjected' ? [fact.data] : []));
}

describe('what a run’s agent asked for, after a pause gave it back', () => {
  it('is said to be gone in the run’s next turn, once, by the engine', async () => {
    const world = await RunWorld.after(
      approved({ integration: 'shared' }, smallProposal({ touches: ['src/a.ts'] })),
    );
    world.script(act, act, act);
    await hold(world);
    expect(await injected(world)).toEqual([]);
    for (const _again of [1, 2]) {
      await world.person({ type: 'ResumeMission', data: {} });
      await hold(world);
    }
    const text = expect.stringMatching(/^port:\/local\/8080 \(X\) is not yours any more/) as string;
    expect(await injected(world)).toMatchObject([{ by: 'engine', text }]);
    expect(world.warnings).toEqual([]);
  });
});

describe('what a run’s agent asked for, once it was exchanged', () => {
  it('is said to be gone in its next turn', async () => {
    const world = await RunWorld.after(
      approved({ integration: 'shared' }, smallProposal({ touches: ['src/a.ts'] })),
    );
    world.script(act, act, act);
    await exchangedInFirstTurn(world);
    const text = expect.stringMatching(/not yours any more\. It was given to m-other for it\. Ask/) as string;
    expect(await injected(world)).toMatchObject([{ by: 'engine', text }]);
  });
});
