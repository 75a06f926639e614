import { SliceBudget, StopRun, type AnyTool } from '@missions/agent';
import { approved } from '@missions/mission/testing';
import type { Model, ModelRequest } from '@missions/models';
import { z } from 'zod';
import type { ClaimedRun } from './claimed-run.ts';
import { researchFor } from './research.ts';
import { RunWorld } from './testing/index.ts';

describe('the helpers of a run', () => {
  it('work four at a time, over all calls of the run, and every question is answered', async () => {
    const { model, research, budget } = await world();
    const eight = research(questions(8), call('c1'));
    const four = research(questions(4), call('c2'));
    await model.reached(4);
    expect(model.inside).toBe(4);
    model.open();
    expect((await eight).map(({ id, answer }) => [id, answer])).toEqual(
      questions(8).map(({ id }) => [id, 'In src/a.ts:1.']),
    );
    expect(await four).toHaveLength(4);
    expect(model.most).toBe(4);
    // 100 tokens in and 10 out for each, at a dollar a million.
    expect(budget.spentUsd).toBeCloseTo(12 * 0.00011, 9);
  });

  it('are offered what only reads, and no helpers of their own', async () => {
    const { model, research } = await world();
    model.open();
    await research(questions(1), call('c1'));
    expect(model.requests[0]?.tools.map(({ name }) => name)).toEqual(['read']);
  });

  it('are refused when they are too many for one call', async () => {
    const { research } = await world();
    expect(() => research(questions(9), call('c1'))).toThrow('At most 8 questions are asked at once.');
  });

  it('stop with the run, also those that wait for their turn', async () => {
    const { model, research, stop } = await world();
    const asked = research(questions(6), call('c1'));
    await model.reached(4);
    stop.abort(new StopRun('cancel'));
    const answers = (await asked).map(({ answer }) => answer);
    expect(answers.slice(0, 4)).toEqual(Array.from({ length: 4 }, () => '(no answer: cancelled)'));
    expect(answers.slice(4)).toEqual(Array.from({ length: 2 }, () => '(no answer: it was stopped)'));
    expect(model.requests).toHaveLength(4);
  });

  it('end one by one when the run’s budget is used up', async () => {
    const { model, research } = await world(0.005);
    model.open();
    const answers = (await research(questions(8), call('c1'))).map(({ answer }) => answer);
    expect(answers.some((answer) => answer.startsWith('(no answer: budget'))).toBe(true);
    expect(answers.some((answer) => answer === 'In src/a.ts:1.')).toBe(true);
  });

  it('show what they do as what the run does', async () => {
    const { model, research } = await world();
    model.open();
    const lines: string[] = [];
    await research(questions(1), { ...call('c1'), progress: (line) => void lines.push(line) });
    expect(lines).toContain('q0: thinking');
  });
});

/** Answers when its gate is open, and counts who waits for it. */
class GatedModel implements Model {
  readonly id = 'demo/helper';
  readonly requests: ModelRequest[] = [];
  inside = 0;
  most = 0;
  private readonly gate = Promise.withResolvers<undefined>();
  private watcher: (() => void) | undefined;

  open(): void {
    this.gate.resolve(undefined);
  }

  async reached(inside: number): Promise<void> {
    while (this.inside < inside)
      await new Promise<void>((resolve) => {
        this.watcher = resolve;
      });
  }

  async respond(request: ModelRequest, options: Parameters<Model['respond']>[1] = {}) {
    this.requests.push(request);
    this.inside += 1;
    this.most = Math.max(this.most, this.inside);
    this.watcher?.();
    const aborted = new Promise<never>((_resolve, reject) => {
      options.signal?.addEventListener('abort', () => {
        reject(options.signal?.reason as Error);
      });
    });
    await Promise.race([this.gate.promise, aborted]).finally(() => {
      this.inside -= 1;
    });
    const usage = { input: 100, output: 10, cacheRead: 0, cacheWrite: 0 };
    const content = [{ type: 'text', text: 'In src/a.ts:1.' } as const];
    return { content, stopReason: 'end_turn', usage } as const;
  }
}

async function world(sliceUsd?: number) {
  const runs = await RunWorld.after(approved());
  const model = new GatedModel();
  runs.model = model;
  runs.price = { input: 1, output: 1 };
  const stop = new AbortController();
  const run = { id: `${runs.missionId}-r9`, token: 1, role: 'worker' };
  const claimed = { host: runs.host(), run, mission: await runs.mission(), signal: stop.signal };
  const budget = new SliceBudget({ sliceUsd });
  const tools = [tool('read', 'read'), tool('write', 'write'), tool('research', 'read')];
  return { model, stop, budget, research: researchFor(claimed as unknown as ClaimedRun, { tools, budget }) };
}

function tool(name: string, effect: AnyTool['effect']): AnyTool {
  const input = z.strictObject({});
  return { name, description: name, input, effect, execute: () => Promise.resolve({ content: name }) };
}

function questions(count: number) {
  return Array.from({ length: count }, (_, index) => ({ id: `q${String(index)}`, question: 'Where is it?' }));
}

function call(callId: string) {
  return { turn: 1, callId, signal: new AbortController().signal, progress: () => undefined };
}
