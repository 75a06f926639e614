import { readTranscript, type AnyTool } from '@missions/agent';
import { askClaim } from '@missions/mission';
import { approved, smallProposal } from '@missions/mission/testing';
import { z } from 'zod';
import type { ClaimedRun } from './claimed-run.ts';
import { driveRun } from './drive-run.ts';
import { performAgentRun } from './perform-agent-run.ts';
import { RunWorld } from './testing/index.ts';

const act = { calls: [{ tool: 'act' }], usage: { input: 1_000, output: 100 } };
const inLedger = { ledger: 'resources-r', version: 9 };
const resource = 'port:/local/8080';

/** The run is granted what its work needs, and does this in each of its turns, by its one tool. */
async function hold(
  world: RunWorld,
  actIn: (claimed: ClaimedRun, turn: number) => Promise<void>,
): Promise<void> {
  const { lock } = await world.run();
  await world.told({ type: 'RecordLockGrant', data: { claimId: lock?.claimId ?? '', ...inLedger } });
  await driveRun(
    world.host(),
    await world.delegation(),
    async (claimed) => {
      const acts: AnyTool = {
        name: 'act',
        description: 'Acts.',
        input: z.strictObject({}),
        effect: 'write',
        repeatable: true,
        execute: async (_input, { turn }) => {
          await actIn(claimed, turn);
          await claimed.held.renew();
          return { content: 'acted' };
        },
      };
      const tools = { tools: () => [acts], researchTools: [] };
      await performAgentRun(claimed, { system: 'You build.', briefing: 'Build it.', ...tools });
    },
    new AbortController().signal,
  );
}

const pause = (world: RunWorld): Promise<unknown> => world.person({ type: 'PauseMission', data: {} });

/** The first turn asks, is granted and paused; every later one does nothing and is paused too. */
function pausedAtEveryTurn(world: RunWorld): Promise<void> {
  return hold(world, async ({ run }, turn) => {
    if (turn === 1) await ask(world, { runId: run.id, token: run.token });
    await pause(world);
  });
}

/** The first turn asks, is granted, and the grant goes to another mission; the second pauses. */
function exchangedInFirstTurn(world: RunWorld): Promise<void> {
  return hold(world, async (claimed, turn) => {
    if (turn > 1) {
      await pause(world);
      return;
    }
    const { run } = claimed;
    claimed.hasAsked = true;
    await ask(world, { runId: run.id, token: run.token });
    const data = { claimId: askClaim(run.id, '1-0a'), detail: 'It was given to m-other for it.' };
    await world.told({ type: 'RecordAskExchanged', data });
  });
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
    await pausedAtEveryTurn(world);
    expect(await injected(world)).toEqual([]);
    for (const _again of [1, 2]) {
      await world.person({ type: 'ResumeMission', data: {} });
      await pausedAtEveryTurn(world);
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
