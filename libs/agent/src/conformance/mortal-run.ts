import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Model, Price } from '@missions/models';
import { z } from 'zod';
import type { KillPoint } from '../loop/options.ts';
import { runAgent } from '../loop/run-agent.ts';
import type { RunOutcome } from '../outcome.ts';
import type { AnyTool, Tool, ToolResult } from '../tool.ts';
import type { TranscriptFact } from '../transcript/facts.ts';
import { lastCheckpoint } from '../transcript/last-checkpoint.ts';
import { RunBench } from './run-bench.ts';

/** A moment at which a holder's process can end: a named point of the loop, or inside a tool, before or after its effect. */
export type Moment = KillPoint | 'inside-tool' | 'inside-tool-after-effect' | 'inside-reply';

/** What a process does at a moment of its death: nothing more, ever. */
type Fate = (moment: Moment) => Promise<never> | undefined;

export type Tree = Readonly<Record<string, string>>;

/** Every token costs the same, so that what was lost can be told from what was used. */
const price: Price = { input: 1, output: 1 };

/**
 * A run over a real directory whose holders can be killed at any moment: a killed one does nothing more, not even an error
 * handler, and all it knew is gone. What stays is the log, the artifacts and, on the same host, the directory.
 */
export class MortalRun {
  private readonly bench = new RunBench();
  private readonly checkpoints = new Map<string, Tree>();
  private token = 0;

  private constructor(
    private readonly dir: string,
    private readonly model: Model,
  ) {}

  static async start(model: Model): Promise<MortalRun> {
    return new MortalRun(await mkdtemp(join(tmpdir(), 'mortal-')), model);
  }

  end(): Promise<void> {
    return rm(this.dir, { recursive: true });
  }

  /** Takes hold of the run until it ends or `dies` says so; `killed` is how a dead process looks from outside. */
  async hold(dies: (moment: Moment) => boolean = () => false): Promise<RunOutcome | 'killed'> {
    this.token += 1;
    const death = Promise.withResolvers<'killed'>();
    const at: Fate = (moment) => {
      if (!dies(moment)) return undefined;
      death.resolve('killed');
      return forever();
    };
    const living = runAgent({
      ...this.bench.options(),
      run: { id: 'r1', token: this.token, holder: `holder-${String(this.token)}` },
      transcript: this.bench.transcript(this.token),
      model: this.mortal(at, death.promise),
      price,
      limits: { maxTurns: 20, maxTokens: 500 },
      tools: this.tools(at),
      checkpoint: (turn) => this.checkpoint(turn),
      killPoint: at,
    });
    return Promise.race([living, death.promise]);
  }

  /** Another host has no such directory: it begins with what the last checkpoint kept. */
  async moveToAnotherHost(): Promise<void> {
    const kept = this.checkpoints.get(lastCheckpoint(await this.facts())?.sha ?? '') ?? {};
    await rm(this.dir, { recursive: true });
    await mkdir(this.dir);
    for (const [path, text] of Object.entries(kept)) await writeFile(join(this.dir, path), text);
  }

  facts(): Promise<readonly TranscriptFact[]> {
    return this.bench.facts();
  }

  async tree(): Promise<Tree> {
    const paths = (await readdir(this.dir)).sort();
    const texts = await Promise.all(paths.map((path) => readFile(join(this.dir, path), 'utf8')));
    return Object.fromEntries(paths.map((path, index) => [path, texts[index] ?? '']));
  }

  /** The connection of a dead process is gone with it, so the provider is let go while the loop never hears again. */
  private mortal(at: Fate, death: Promise<unknown>): Model {
    const gone = new Error('The process is gone.');
    const died = death.then(() => Promise.reject(gone));
    died.catch(() => undefined);
    return {
      id: this.model.id,
      respond: (request, options) => {
        const onLostReply = async (): Promise<void> => {
          if (at('inside-reply')) throw gone;
          await Promise.race([options?.onLostReply?.(), died]);
        };
        return this.model.respond(request, { ...options, onLostReply }).catch((error: unknown) => {
          if (error === gone) return forever();
          throw error;
        });
      },
    };
  }

  private async checkpoint(turn: number): Promise<{ readonly sha: string }> {
    const sha = `${String(turn)}-${String(this.checkpoints.size)}`;
    this.checkpoints.set(sha, await this.tree());
    return { sha };
  }

  private tools(at: Fate): AnyTool[] {
    const tool = (
      name: string,
      effect: Tool['effect'],
      act: (file: string, text: string) => Promise<string>,
    ): Tool<{ path: string; text: string }> => ({
      name,
      description: name,
      input: z.strictObject({ path: z.string(), text: z.string().default('') }),
      effect,
      repeatable: name === 'write',
      execute: async ({ path, text }): Promise<ToolResult> => {
        await at('inside-tool');
        const content = await act(join(this.dir, path), text);
        await at('inside-tool-after-effect');
        return { content };
      },
    });
    return [
      tool('read', 'read', (file) => readFile(file, 'utf8').catch(() => '(no such file)')),
      tool('write', 'write', (file, text) => writeFile(file, text).then(() => 'written')),
      tool('append', 'write', (file, text) => appendFile(file, `${text}\n`).then(() => 'appended')),
      tool('done', 'closing', () => Promise.resolve('accepted')),
    ];
  }
}

function forever(): Promise<never> {
  return new Promise(() => undefined);
}
