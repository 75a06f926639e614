import { createRedactor, systemClock } from '@missions/kernel';
import { free, withRunHeader, type Model, type ModelRequest } from '@missions/models';
import { ScriptedModel, scriptSchema } from '@missions/models/scripted';
import { z } from 'zod';
import type { KillPoint, RunAgentOptions } from '../loop/options.ts';
import { runAgent } from '../loop/run-agent.ts';
import type { RunOutcome } from '../outcome.ts';
import { SliceBudget } from '../slice-budget.ts';
import type { AnyTool, Tool, ToolContext, ToolResult } from '../tool.ts';
import { EventTranscript, readTranscript } from '../transcript/event-transcript.ts';
import type { TranscriptFact } from '../transcript/facts.ts';
import { foldRun, type RunState } from '../transcript/run-state.ts';
import { FakeArtifacts, FakeLog } from './fake-log.ts';

export const secret = 'hunter2-hunter2';

/** A killed process does nothing more; a test throws this where the kill hits. */
export class Killed extends Error {}

/** One run in memory that a test can hold again and again, with tools that note what they did. */
export class RunBench {
  readonly log = new FakeLog();
  readonly artifacts = new FakeArtifacts();
  readonly requests: ModelRequest[] = [];
  readonly effects: string[] = [];
  readonly tools: AnyTool[];
  model: Model;
  private token = 0;

  constructor(turns: readonly unknown[] = [turn(call('done'))]) {
    this.model = this.counting(scripted(turns));
    this.tools = [
      this.tool('read', 'read', (path) => ({ content: `content of ${path}` })),
      this.tool('write', 'write', (path) => ({ content: `wrote ${path}` }), { repeatable: true }),
      this.tool('once', 'write', (path) => ({ content: `did ${path}` })),
      this.tool('done', 'closing', () => ({ content: 'accepted' })),
    ];
  }

  /** Takes hold of the run with the next token. */
  hold(overrides: Partial<RunAgentOptions> = {}): Promise<RunOutcome> {
    this.token += 1;
    return runAgent(this.options(overrides));
  }

  /** Holds the run until the n-th passing of a kill point; false when it ended before. */
  async holdUntilKilled(
    passing: number,
    only?: KillPoint,
    overrides: Partial<RunAgentOptions> = {},
  ): Promise<boolean> {
    let left = passing;
    const killPoint = (name: KillPoint): void => {
      if (only !== undefined && name !== only) return;
      left -= 1;
      if (left <= 0) throw new Killed(name);
    };
    return this.hold({ ...overrides, killPoint }).then(
      () => false,
      (error: unknown) => {
        if (error instanceof Killed) return true;
        throw error;
      },
    );
  }

  facts(): Promise<readonly TranscriptFact[]> {
    return readTranscript(this.log.events, this.artifacts);
  }

  async state(): Promise<RunState> {
    return foldRun(await this.facts());
  }

  get factTypes(): readonly string[] {
    return this.log.events.map(({ type }) => type);
  }

  /** The results of a turn as the model was told them. */
  async results(
    turn: number,
  ): Promise<readonly { content: string; isError: boolean; refused?: string | undefined }[]> {
    const facts = await this.facts();
    const fact = facts.find((one) => one.type === 'ToolResultsRecorded' && one.data.turn === turn);
    return fact?.type === 'ToolResultsRecorded' ? fact.data.results : [];
  }

  /** A tool over `{path}` that notes that it ran. */
  tool(
    name: string,
    effect: Tool['effect'],
    act: (path: string, context: ToolContext) => ToolResult | Promise<ToolResult>,
    more: Partial<Tool<{ path: string }>> = {},
  ): Tool<{ path: string }> {
    return {
      name,
      description: `The tool ${name}.`,
      input: z.strictObject({ path: z.string().default('-') }),
      effect,
      execute: async ({ path }, context) => {
        this.effects.push(`${name} ${path}`);
        return act(path, context);
      },
      ...more,
    };
  }

  /** Puts another tool in the place of the one with its name. */
  replace(tool: AnyTool): void {
    this.tools.splice(
      this.tools.findIndex(({ name }) => name === tool.name),
      1,
      tool,
    );
  }

  counting(model: Model): Model {
    return {
      id: model.id,
      contextTokens: model.contextTokens,
      respond: (request, options) => {
        this.requests.push(structuredClone(request));
        return model.respond(request, options);
      },
    };
  }

  options(overrides: Partial<RunAgentOptions> = {}): RunAgentOptions {
    const run = { id: 'r1', token: this.token, holder: `holder-${String(this.token)}` };
    return {
      run,
      transcript: this.transcript(this.token),
      model: this.model,
      price: free,
      system: 'You build.',
      firstMessage: withRunHeader({ role: 'worker' }, 'Build it.'),
      tools: this.tools,
      limits: { maxTurns: 50, maxTokens: 1000 },
      budget: new SliceBudget({ sliceUsd: undefined }),
      steering: () => Promise.resolve({ wanted: 'go', messages: [] }),
      redactor: createRedactor({ secrets: [{ name: 'PASSWORD', value: secret }] }),
      clock: systemClock,
      signal: new AbortController().signal,
      ...overrides,
    };
  }

  transcript(token: number): EventTranscript {
    return new EventTranscript({
      store: this.log,
      artifacts: this.artifacts,
      runId: 'r1',
      token,
      actor: { kind: 'agent', id: 'r1', role: 'worker' },
      correlationId: 'mission-1',
      causationId: 'r1',
      clock: systemClock,
    });
  }
}

export function scripted(turns: readonly unknown[]): Model {
  return new ScriptedModel('demo/any', scriptSchema.parse({ version: 1, runs: [{ match: {}, turns }] }));
}

export function call(tool: string, path?: string): { tool: string; input: Record<string, unknown> } {
  return { tool, input: path === undefined ? {} : { path } };
}

export function turn(...calls: readonly ReturnType<typeof call>[]): { calls: typeof calls } {
  return { calls };
}
