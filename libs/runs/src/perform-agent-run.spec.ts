import { readTranscript, type AnyTool, type Tool, type ToolContext, type Research } from '@missions/agent';
import { DomainError } from '@missions/kernel';
import type { Checkpoint } from '@missions/mission';
import { approved, type Creation } from '@missions/mission/testing';
import type { Model } from '@missions/models';
import { z } from 'zod';
import type { ClaimedRun } from './claimed-run.ts';
import { driveRun } from './drive-run.ts';
import { performAgentRun } from './perform-agent-run.ts';
import { RunWorld, secret } from './testing/index.ts';

const digest = `sha256:${'a'.repeat(64)}`;

/** A build run that a scripted model drives, with tools that do what the case says. */
class Bench {
  readonly checkpoints: Checkpoint[] = [];
  /** What the tool `act` does. */
  act: (claimed: ClaimedRun, context: ToolContext) => Promise<string> = () => Promise.resolve('acted');

  private constructor(readonly world: RunWorld) {}

  static async begin(over: Creation, ...turns: readonly unknown[]): Promise<Bench> {
    const world = await RunWorld.after(approved(over));
    world.script(...turns);
    return new Bench(world);
  }

  /** One holder's time with the run. */
  async hold(signal = new AbortController().signal): Promise<void> {
    const open = await this.world.delegation();
    await driveRun(this.world.host(), open, (claimed) => this.perform(claimed), signal);
  }

  async perform(claimed: ClaimedRun): Promise<void> {
    await performAgentRun(claimed, {
      system: 'You build.',
      briefing: 'Build it.',
      tools: (research) => this.tools(claimed, research),
      researchTools: [],
      checkpoint: (turn) => Promise.resolve(this.checkpoint(turn)),
      lastCheckpoint: () => this.checkpoints.at(-1),
    });
  }

  async facts() {
    const { runs } = await this.world.mission();
    const [build] = Object.values(runs).filter(({ task }) => task === 'build');
    const events = await this.world.store.read(`run-${build?.id ?? ''}`);
    return readTranscript(events, this.world.artifacts);
  }

  async injected(): Promise<readonly string[]> {
    return (await this.facts()).flatMap((fact) => (fact.type === 'MessageInjected' ? [fact.data.text] : []));
  }

  async count(type: string): Promise<number> {
    return (await this.world.types()).filter((found) => found === type).length;
  }

  private checkpoint(turn: number): Checkpoint {
    const checkpoint = { sha: turn.toString(16).padStart(40, '0'), bundle: digest, turn };
    this.checkpoints.push(checkpoint);
    return checkpoint;
  }

  private tools(claimed: ClaimedRun, research: Research): readonly AnyTool[] {
    const input = z.strictObject({});
    const act: Tool<object> = {
      name: 'act',
      description: 'Acts.',
      input,
      effect: 'write',
      repeatable: true,
      execute: async (_input, context) => ({ content: await this.act(claimed, context) }),
    };
    const done: Tool<object> = {
      name: 'done',
      description: 'Ends.',
      input,
      effect: 'closing',
      execute: async (_input, { turn }) => {
        await claimed.conclude(turn, handedOff);
        return { content: 'Accepted.' };
      },
    };
    const ask: Tool<object> = {
      name: 'research',
      description: 'Asks.',
      input,
      effect: 'read',
      execute: async (_input, context) => {
        const questions = [
          { id: 'q1', question: 'Where is it?' },
          { id: 'q2', question: 'And the tests?' },
        ];
        const answers = await research(questions, context);
        return { content: answers.map(({ answer }) => answer).join(' ') };
      },
    };
    return [act, done, ask];
  }
}

const handedOff = {
  kind: 'handed_off' as const,
  claim: {
    outcome: 'partial' as const,
    salientSummary: 'Half of it.',
    whatWasImplemented: [],
    whatWasLeftUndone: ['the rest'],
    assertionClaims: [],
    discoveredIssues: [],
    decisions: [],
    environmentNotes: [],
  },
  captured: { baseSha: 'b'.repeat(40), headSha: 'b'.repeat(40), filesChanged: [], commandsRun: [] },
};

const usage = { input: 1_000, output: 100 };
const acts = { calls: [{ tool: 'act' }], usage };
const ends = { calls: [{ tool: 'done' }], usage };
const asks = { calls: [{ tool: 'research' }], usage };

/** Until the tool is stopped. */
function hang({ signal }: ToolContext): Promise<string> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => {
      reject(new Error('The session was closed.'));
    });
  });
}

function message(messageId: string, interrupt = false) {
  return {
    type: 'SendMessage' as const,
    data: { messageId, text: `About ${messageId}`, interrupt },
  };
}

describe('a message to a run', () => {
  it('enters its next turn, and is delivered once', async () => {
    const bench = await Bench.begin({}, acts, acts, ends);
    bench.act = async (claimed, { turn }) => {
      if (turn === 1) await bench.world.person(message('msg-1'));
      await claimed.held.renew();
      return 'acted';
    };
    await bench.hold();
    expect(await bench.injected()).toEqual(['About msg-1']);
    expect(await bench.count('MessageDelivered')).toBe(1);
    expect(await bench.world.last('MessageDelivered')).toMatchObject({ turn: 2 });
  });

  it('that was marked as delivered to a holder that died is heard by the next, once', async () => {
    const bench = await Bench.begin({}, acts, ends);
    const { world } = bench;
    await world.person(message('msg-1'));
    await driveRun(
      world.host(),
      await world.delegation(),
      async (claimed) => {
        const { id: runId, token } = claimed.run;
        const data = { runId, token, messageIds: ['msg-1'], turn: 1 };
        await claimed.command('deliver', { type: 'DeliverMessages', data });
        await claimed.release();
      },
      new AbortController().signal,
    );
    await bench.hold();
    expect(await bench.injected()).toHaveLength(1);
    expect(await bench.count('MessageDelivered')).toBe(1);
  });

  it('that comes during the last turn of a run is answered in a conversation of its own', async () => {
    const bench = await Bench.begin({}, acts, ends);
    const { world } = bench;
    const scripted = world.model;
    world.model = {
      id: scripted.id,
      respond: async (request, options) => {
        const reply = await scripted.respond(request, options);
        if (request.messages.length > 1) await world.person(message('msg-1'));
        return reply;
      },
    };
    await bench.hold();
    expect(await world.last('RunEnded')).toMatchObject({ state: 'handed_off' });
    expect(await bench.count('MessageDelivered')).toBe(0);
    expect(await world.run()).toMatchObject({ task: 'converse', status: 'queued' });
  });

  it('that interrupts is not heard as one that waits, also where nothing stops the run', async () => {
    const bench = await Bench.begin({}, acts, ends);
    const { world } = bench;
    await world.person(message('msg-1', true));
    const goOn = () => Promise.resolve({ held: true, wanted: 'go', pendingMessages: 1 } as const);
    const host = world.host({ desk: { ...world.desk, renew: goOn } });
    const signal = new AbortController().signal;
    await driveRun(host, await world.delegation(), (claimed) => bench.perform(claimed), signal);
    expect(await bench.injected()).toEqual([]);
    expect(await world.run()).toMatchObject({ task: 'converse' });
  });

  it('that interrupts ends the run with the checkpoint of its last turn, and is answered next', async () => {
    const bench = await Bench.begin({}, acts, acts);
    bench.act = async (_claimed, context) => {
      if (context.turn === 1) return 'acted';
      await bench.world.person(message('msg-1', true));
      return hang(context);
    };
    await bench.hold();
    expect(await bench.world.last('RunEnded')).toMatchObject({
      state: 'superseded',
      checkpoint: bench.checkpoints[0],
      usage: { turns: 2 },
    });
    expect(await bench.world.run()).toMatchObject({ task: 'converse' });
  });
});

describe('a pause', () => {
  it('lets the turn end and hands on the checkpoint that the transcript names', async () => {
    const bench = await Bench.begin({}, acts, ends);
    bench.act = async (claimed) => {
      await bench.world.person({ type: 'PauseMission', data: {} });
      await claimed.held.renew();
      return 'acted';
    };
    await bench.hold();
    const suspended = await bench.world.last('RunSuspended');
    const kept = bench.checkpoints.at(-1);
    expect(suspended).toMatchObject({ checkpoint: kept });
    const named = (await bench.facts()).findLast((fact) => fact.type === 'CheckpointTaken');
    expect(named?.data).toEqual(kept);
    expect((await bench.facts()).filter(({ type }) => type === 'ToolResultsRecorded')).toHaveLength(1);
  });

  it('stops a tool that takes longer than its grace', async () => {
    const bench = await Bench.begin({}, acts, ends);
    bench.act = async (claimed, context) => {
      await bench.world.person({ type: 'PauseMission', data: {} });
      await claimed.held.renew();
      return hang(context);
    };
    await bench.hold();
    expect(await bench.world.run()).toMatchObject({ status: 'suspended' });
  });

  it('is followed by the rest of the same attempt', async () => {
    const bench = await Bench.begin({}, acts, ends);
    bench.act = async (claimed) => {
      await bench.world.person({ type: 'PauseMission', data: {} });
      await claimed.held.renew();
      return 'acted';
    };
    await bench.hold();
    await bench.world.person({ type: 'ResumeMission', data: {} });
    await bench.hold();
    expect(await bench.world.last('RunEnded')).toMatchObject({ state: 'handed_off', usage: { turns: 2 } });
    expect(await bench.count('RunClaimed')).toBe((await bench.count('RunEnded')) + 1);
  });
});

describe('a run that is stopped', () => {
  it('by a cancel ends as cancelled, with what it used', async () => {
    const bench = await Bench.begin({}, acts);
    bench.act = async (_claimed, context) => {
      await bench.world.person({ type: 'CancelMission', data: { reason: 'Enough.' } });
      return hang(context);
    };
    await bench.hold();
    expect(await bench.world.last('RunEnded')).toMatchObject({ state: 'cancelled', usage: { turns: 1 } });
  });

  it('by a lost lease says nothing more', async () => {
    const bench = await Bench.begin({}, acts);
    bench.act = async (claimed, context) => {
      bench.world.leasesLost = true;
      void claimed.held.renew();
      return hang(context);
    };
    const asked = bench.world.asked.length;
    await bench.hold();
    expect(bench.world.asked.slice(asked).map(({ command }) => command.type)).toEqual(['ClaimRun']);
  });

  it('by its service is released, and goes on after its last complete turn', async () => {
    const bench = await Bench.begin({}, acts, acts, ends);
    const stop = new AbortController();
    bench.act = (_claimed, context) => {
      if (context.turn === 1) return Promise.resolve('acted');
      stop.abort();
      return hang(context);
    };
    await bench.hold(stop.signal);
    expect(await bench.world.last('RunReleased')).toMatchObject({ reason: 'shutdown' });
    bench.act = () => Promise.resolve('acted again');
    await bench.hold();
    expect(await bench.world.last('RunEnded')).toMatchObject({ state: 'handed_off', usage: { turns: 3 } });
  });

  it('in the middle of its close leaves the close to be repeated, which counts once', async () => {
    const bench = await Bench.begin({}, ends);
    const stop = new AbortController();
    bench.world.meddle = ({ command }) => {
      if (command.type === 'ConcludeRun' && !stop.signal.aborted) {
        stop.abort();
        throw new Error('The answer was lost.');
      }
    };
    await bench.hold(stop.signal);
    await bench.hold();
    expect((await bench.world.types()).filter((type) => type === 'HandoffSubmitted')).toHaveLength(1);
  });
});

describe('the end of a run', () => {
  it('is recorded as the answer to its close: the lease that goes with it is no loss', async () => {
    const bench = await Bench.begin({}, ends);
    await bench.hold();
    const recorded = (await bench.facts()).findLast((fact) => fact.type === 'ToolResultsRecorded');
    expect(recorded?.data.results).toMatchObject([{ tool: 'done', closes: true }]);
    expect(bench.world.asked.map(({ command }) => command.type)).not.toContain('ReleaseRun');
  });

  it('keeps the long results of its last turn', async () => {
    const bench = await Bench.begin({}, { calls: [...acts.calls, ...ends.calls], usage });
    const long = 'A line of output.\n'.repeat(1_000);
    bench.act = () => Promise.resolve(long);
    await bench.hold();
    const recorded = (await bench.facts()).findLast((fact) => fact.type === 'ToolResultsRecorded');
    expect(recorded?.data.results).toMatchObject([
      { tool: 'act', content: long },
      { tool: 'done', closes: true },
    ]);
    expect(bench.world.asked.map(({ command }) => command.type)).not.toContain('ReleaseRun');
  });

  it('that is refused is told to the model, and the run goes on', async () => {
    const bench = await Bench.begin({}, ends, acts, ends);
    let refusals = 1;
    bench.world.meddle = ({ command }) => {
      if (command.type !== 'ConcludeRun' || refusals === 0) return;
      refusals -= 1;
      throw new DomainError('NO_CHANGES', 'Nothing changed.');
    };
    await bench.hold();
    expect(await bench.world.last('RunEnded')).toMatchObject({ state: 'handed_off', usage: { turns: 3 } });
  });

  it('without its closing tool is a failure', async () => {
    const bench = await Bench.begin({}, { text: 'Done, I think.' }, { text: 'Really.' });
    await bench.hold();
    expect(await bench.world.last('RunEnded')).toMatchObject({ state: 'failed', cause: 'empty_run' });
  });

  it('leaves no secret anywhere', async () => {
    const bench = await Bench.begin({}, { text: secret, ...acts }, ends);
    bench.act = () => Promise.resolve(`the key is ${secret}`);
    await bench.hold();
    expect(await bench.world.written()).not.toContain(secret);
    expect(await bench.world.last('RunEnded')).toMatchObject({ state: 'handed_off' });
  });
});

describe('the money of a run', () => {
  const price = { input: 10, output: 50, cacheRead: 0, cacheWrite: 0 };

  it('is asked for in slices, and what is left goes back', async () => {
    const bench = await Bench.begin({ budget: { maxCostUsd: 1, sliceUsd: 0.06 } }, acts, ends);
    bench.world.price = price;
    await bench.hold();
    expect(await bench.count('BudgetSliceGranted')).toBeGreaterThan(
      (await bench.world.types()).filter((type) => type === 'RunClaimed').length,
    );
    const { budget, runs } = await bench.world.mission();
    expect(budget.settledUsd).toBeCloseTo(2 * (1_000 * 10e-6 + 100 * 50e-6), 9);
    expect(Object.values(runs).reduce((sum, { sliceUsd }) => sum + sliceUsd, 0)).toBe(0);
  });

  it('that does not cover the next call ends it by budget', async () => {
    const bench = await Bench.begin({ budget: { maxCostUsd: 0.03, sliceUsd: 0.03 } }, acts, ends);
    bench.world.price = price;
    await bench.hold();
    expect(await bench.world.last('RunEnded')).toMatchObject({ state: 'failed', cause: 'budget' });
    expect((await bench.world.mission()).block).toMatchObject({ cause: 'budget' });
  });
});

describe('research', () => {
  it('is charged to the run that asked', async () => {
    const bench = await Bench.begin({}, asks, ends);
    await bench.hold();
    expect(await bench.world.last('RunEnded')).toMatchObject({
      usage: { turns: 4, input: 2_200, output: 220 },
      own: { turns: 2, input: 2_000 },
      helpers: [{ usage: { turns: 1 } }, { usage: { turns: 1 } }],
    });
  });

  it('asks afresh in a later turn, also of a model server that repeats its call ids', async () => {
    const bench = await Bench.begin({}, asks, asks, ends);
    bench.world.model = repeatingCallIds(bench.world.model);
    await bench.hold();
    expect(await bench.world.last('RunEnded')).toMatchObject({ usage: { turns: 7 } });
  });

  it('asks again for no answer that a former holder was given', async () => {
    const bench = await Bench.begin({}, asks, ends);
    const stop = new AbortController();
    const host = bench.world.host({
      killPoint: (name) => {
        if (name === 'run.build.before-results') stop.abort();
      },
    });
    await driveRun(host, await bench.world.delegation(), (claimed) => bench.perform(claimed), stop.signal);
    await bench.hold();
    expect(await bench.world.last('RunEnded')).toMatchObject({ usage: { turns: 4 } });
  });
});

function repeatingCallIds(model: Model): Model {
  return {
    id: model.id,
    respond: async (request, options) => {
      const reply = await model.respond(request, options);
      const content = reply.content.map((block) =>
        block.type === 'tool_use' ? { ...block, id: 'call_0' } : block,
      );
      return { ...reply, content };
    },
  };
}
