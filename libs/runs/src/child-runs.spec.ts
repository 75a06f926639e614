import { FailRun, type AnyTool } from '@missions/agent';
import { approved } from '@missions/mission/testing';
import { ModelError, type Model, type ModelRequest } from '@missions/models';
import { z } from 'zod';
import type { ClaimedRun } from './claimed-run.ts';
import { driveRun } from './drive-run.ts';
import { ChildRuns, closingInput, type HelperEnd } from './child-runs.ts';
import { budgetOf } from './perform-agent-run.ts';
import { runUsage } from './run-usage.ts';
import { RunWorld } from './testing/index.ts';
import { factsOf } from './transcripts.ts';

const claim = { findings: ['a stub'] };

describe('helpers that the engine asks', () => {
  it('end with what they gave their closing tool, at the cost of their run', async () => {
    const { world, model } = await ready();
    let end: HelperEnd | undefined;
    await hold(world, async (claimed, helpers) => {
      end = await helpers.ask(helper('a', model));
      expect((await claimed.usage()).costUsd).toBeCloseTo(0.00011, 9);
      expect(helpers.budget.spentUsd).toBeCloseTo(0.00011, 9);
    });
    expect(end && closingInput(end)).toEqual(claim);
  });

  it('are named once in the transcript of their run, before their model is called', async () => {
    const { world, model } = await ready();
    const named: number[] = [];
    model.onRequest = async () => {
      named.push((await namesIn(world)).length);
    };
    await hold(world, async (_claimed, helpers) => {
      await Promise.all(['a', 'b'].map((name) => helpers.ask(helper(name, model))));
      await helpers.ask(helper('a', model));
    });
    expect(Math.min(...named)).toBeGreaterThan(0);
    expect(await namesIn(world)).toEqual([expect.stringMatching(/\.a$/), expect.stringMatching(/\.b$/)]);
  });

  it('are not asked again by whoever takes the run over, and are paid once', async () => {
    const { world, model } = await ready();
    await hold(world, async (_claimed, helpers) => {
      await helpers.ask(helper('a', model));
    });
    await world.expire();
    let again: HelperEnd | undefined;
    await hold(world, async (_claimed, helpers) => {
      again = await helpers.ask(helper('a', model));
    });
    expect(again && closingInput(again)).toEqual(claim);
    expect(model.requests).toHaveLength(1);
    expect((await runUsage(world.store, (await world.run()).id)).costUsd).toBeCloseTo(0.00011, 9);
  });

  it('say why they failed, and fail nothing else', async () => {
    const { world, model } = await ready();
    model.failure = new ModelError('auth', 'No key.');
    let end: HelperEnd | undefined;
    await hold(world, async (_claimed, helpers) => {
      end = await helpers.ask(helper('a', model));
    });
    expect(end?.outcome).toMatchObject({ kind: 'failed', cause: 'auth', detail: 'No key.' });
    expect(end && closingInput(end)).toBeUndefined();
    expect((await world.run()).status).toBe('running');
  });

  it('come to rest for a pause, and go on where they were', async () => {
    const { world, model } = await ready();
    model.looksFirst = true;
    model.onRequest = async () => {
      if (model.requests.length === 1) await world.person({ type: 'PauseMission', data: {} });
    };
    const ask = async (_claimed: ClaimedRun, helpers: ChildRuns): Promise<void> => {
      await helpers.ask(helper('a', model));
    };
    await hold(world, ask);
    expect(await world.run()).toMatchObject({ status: 'suspended' });
    expect(model.requests).toHaveLength(1);
    await world.person({ type: 'ResumeMission', data: {} });
    await hold(world, ask);
    expect(model.requests).toHaveLength(2);
  });

  it('stop with their run', async () => {
    const { world, model } = await ready();
    model.onRequest = async () => {
      await world.person({ type: 'CancelMission', data: { reason: 'Enough.' } });
    };
    model.waits = true;
    let ended: unknown;
    await hold(world, async (_claimed, helpers) => {
      ended = await helpers.ask(helper('a', model)).catch((error: unknown) => error);
      throw ended;
    });
    expect(ended).toBeInstanceOf(Error);
    expect(ended).not.toBeInstanceOf(FailRun);
    expect((await world.mission()).status).toBe('cancelled');
  });
});

/** Looks first if it is told to, then closes. */
class ClosingModel implements Model {
  readonly id = 'demo/helper';
  readonly requests: ModelRequest[] = [];
  onRequest: () => Promise<void> = () => Promise.resolve();
  failure: ModelError | undefined;
  looksFirst = false;
  waits = false;

  async respond(request: ModelRequest, { signal }: Parameters<Model['respond']>[1] = {}) {
    this.requests.push(request);
    await this.onRequest();
    if (this.failure) throw this.failure;
    if (this.waits)
      await new Promise<never>((_resolve, reject) => {
        const stop = () => {
          reject(signal?.reason as Error);
        };
        if (signal?.aborted === true) stop();
        else signal?.addEventListener('abort', stop);
      });
    const looks = this.looksFirst && request.messages.length === 1;
    const call = looks ? { name: 'look', input: {} } : { name: 'close', input: claim };
    const usage = { input: 100, output: 10, cacheRead: 0, cacheWrite: 0 };
    const content = [{ type: 'tool_use', id: `call_${String(request.messages.length)}`, ...call } as const];
    return { content, stopReason: 'tool_use', usage } as const;
  }
}

async function ready() {
  return { world: await RunWorld.after(approved()), model: new ClosingModel() };
}

async function hold(
  world: RunWorld,
  work: (claimed: ClaimedRun, helpers: ChildRuns) => Promise<void>,
): Promise<void> {
  const perform = async (claimed: ClaimedRun): Promise<void> => {
    await work(claimed, new ChildRuns(claimed, await budgetOf(claimed)));
  };
  await driveRun(world.host(), await world.delegation(), perform, new AbortController().signal);
}

async function namesIn(world: RunWorld): Promise<readonly string[]> {
  const facts = await factsOf(world.store, (await world.run()).id);
  return facts.flatMap((fact) => (fact.type === 'HelperAsked' ? [fact.data.helper] : []));
}

function helper(name: string, model: Model): Parameters<ChildRuns['ask']>[0] {
  return {
    id: `m-demo1-r5.${name}`,
    role: 'scrutiny',
    model: { model, price: { input: 1, output: 1 } },
    system: 'You review.',
    header: { role: 'scrutiny', task: 'review' },
    text: 'Look.',
    tools: [tool('look', 'read'), tool('close', 'closing')],
    maxTurns: 5,
    endsWithText: false,
    onProgress: () => undefined,
  };
}

function tool(name: string, effect: AnyTool['effect']): AnyTool {
  const input = z.looseObject({});
  return { name, description: name, input, effect, execute: () => Promise.resolve({ content: name }) };
}
