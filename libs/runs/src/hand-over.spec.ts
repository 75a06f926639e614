import type { AnyTool, Tool } from '@missions/agent';
import { approved, smallProposal } from '@missions/mission/testing';
import type { Checkpoint } from '@missions/mission';
import { z } from 'zod';
import type { ClaimedRun } from './claimed-run.ts';
import { driveRun } from './drive-run.ts';
import { performAgentRun } from './perform-agent-run.ts';
import { RunWorld } from './testing/index.ts';

const bundle = `sha256:${'a'.repeat(64)}`;
const acts = { calls: [{ tool: 'act', input: {} }] };

/** A build run of a feature that shares a port, whose one tool does what the case says. */
async function held(act: (claimed: ClaimedRun, world: RunWorld) => Promise<void>): Promise<RunWorld> {
  const world = await RunWorld.after(approved({}, smallProposal({ touches: ['port:/local/8080'] })));
  await world.grant();
  world.script(acts, acts);
  const checkpoints: Checkpoint[] = [];
  const tools = (claimed: ClaimedRun): readonly AnyTool[] => {
    const tool: Tool<object> = {
      name: 'act',
      description: 'Acts.',
      input: z.strictObject({}),
      effect: 'write',
      repeatable: true,
      execute: async () => {
        await act(claimed, world);
        return { content: 'acted' };
      },
    };
    return [tool];
  };
  const perform = async (claimed: ClaimedRun): Promise<void> => {
    await performAgentRun(claimed, {
      system: 'You build.',
      briefing: 'Build it.',
      tools: () => tools(claimed),
      researchTools: [],
      checkpoint: (turn) => {
        checkpoints.push({ sha: turn.toString(16).padStart(40, '0'), bundle, turn });
        return Promise.resolve(checkpoints.at(-1));
      },
      lastCheckpoint: () => checkpoints.at(-1),
    });
  };
  await driveRun(world.host(), await world.delegation(), perform, new AbortController().signal);
  return world;
}

describe('a run that hands over', () => {
  it('lets the turn end, however long it takes, and leaves its checkpoint to the run that asks again', async () => {
    const world = await held(async (claimed, { handOver }) => {
      await handOver();
      await claimed.held.renew();
      expect(claimed.held.wanted).toBe('hand_over');
      expect(claimed.signal.aborted || claimed.pauseSignal.aborted).toBe(false);
    });
    expect(await world.last('RunEnded')).toMatchObject({
      state: 'superseded',
      checkpoint: { turn: expect.any(Number) as number },
      usage: { turns: 1 },
    });
    const { checkpoint, lock } = await world.run();
    expect(checkpoint).toBeDefined();
    expect(lock).toMatchObject({ granted: false, resources: ['port:/local/8080'] });
    expect((await world.types()).slice(-5)).toEqual([
      'RunEnded',
      'LockReleased',
      'FeatureReopened',
      'RunDelegated',
      'LockRequested',
    ]);
  });
});
