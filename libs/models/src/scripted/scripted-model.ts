import { delay } from '@missions/kernel';
import type { ContentBlock, Message } from '../content.ts';
import { ModelError } from '../model-error.ts';
import type { Model, RespondOptions } from '../model.ts';
import { noUsage, type ModelReply } from '../reply.ts';
import { replyDeltas } from '../reply-deltas.ts';
import type { ModelRequest } from '../request.ts';
import { parseRunHeader, type RunHeader } from '../run-header.ts';
import { explainMiss, matchRun } from './match-run.ts';
import type { Script, ScriptedTurn } from './script.ts';

/**
 * Plays a script instead of thinking. The turn played is the number of assistant turns already in the request,
 * so a run that was taken over goes on where it was. A request the script does not cover fails with what is missing.
 */
export class ScriptedModel implements Model {
  constructor(
    readonly id: string,
    private readonly script: Script,
  ) {}

  async respond(request: ModelRequest, options: RespondOptions = {}): Promise<ModelReply> {
    options.signal?.throwIfAborted();
    const turnIndex = request.messages.filter((message) => message.role === 'assistant').length;
    const turn = this.turnFor(headerOf(request.messages), turnIndex);
    if (turn.delayMs !== undefined) await delay(turn.delayMs, options.signal);
    if (turn.error) throw failureOf(turn.error);
    const content = blocksOf(turn, turnIndex);
    for (const delta of content.flatMap(replyDeltas)) options.onDelta?.(delta);
    return {
      content,
      stopReason: turn.stopReason ?? (turn.calls.length > 0 ? 'tool_use' : 'end_turn'),
      usage: { ...noUsage, ...dropAbsent(turn.usage) },
    };
  }

  private turnFor(header: RunHeader, turnIndex: number): ScriptedTurn {
    const run = matchRun(this.script, header);
    if (!run) {
      throw new ModelError(
        'model',
        `No scripted run matches ${JSON.stringify(header)}; ${explainMiss(this.script, header)}.`,
      );
    }
    const turn = run.turns[turnIndex];
    if (turn) return turn;
    const place = `runs.${this.script.runs.indexOf(run)} ${JSON.stringify(run.match)}`;
    throw new ModelError(
      'model',
      `The scripted run ${place} has ${run.turns.length} turns, but turn ${turnIndex + 1} was asked for.`,
    );
  }
}

function headerOf(messages: readonly Message[]): RunHeader {
  const first = messages[0]?.content[0];
  const header = first?.type === 'text' ? parseRunHeader(first.text) : undefined;
  if (header) return header;
  throw new ModelError(
    'model',
    'A scripted model needs a first user message that begins with a fenced JSON block saying what the run serves.',
  );
}

function failureOf({ code, message, retryAfterMs }: NonNullable<ScriptedTurn['error']>): ModelError {
  return new ModelError(code, message, { transient: code === 'rate_limit', retryAfterMs });
}

function blocksOf(turn: ScriptedTurn, turnIndex: number): ContentBlock[] {
  const text: ContentBlock[] = turn.text === undefined ? [] : [{ type: 'text', text: turn.text }];
  const calls = turn.calls.map((call, index): ContentBlock => ({
    type: 'tool_use',
    id: `call_${turnIndex + 1}_${index + 1}`,
    name: call.tool,
    input: structuredClone(call.input),
  }));
  return [...text, ...calls];
}

function dropAbsent<Value extends object>(
  value: Value | undefined,
): { [Key in keyof Value]?: NonNullable<Value[Key]> } {
  return Object.fromEntries(Object.entries(value ?? {}).filter(([, part]) => part !== undefined)) as {
    [Key in keyof Value]?: NonNullable<Value[Key]>;
  };
}
