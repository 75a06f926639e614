import type { ToolUseBlock } from '@missions/models';
import { nearest } from '@missions/models';
import { z } from 'zod';
import type { AnyTool } from '../tool.ts';
import type { RecordedResult, RefusedCall } from '../transcript/facts.ts';
import type { PendingCalls } from '../transcript/run-state.ts';

/** A call that will be executed, its input checked. */
export interface ReadyCall {
  readonly call: ToolUseBlock;
  readonly tool: AnyTool;
  readonly input: unknown;
}

export type JudgedCall = ReadyCall | { readonly call: ToolUseBlock; readonly refusal: RecordedResult };

/** Decides of every call of a turn whether it is executed; a refused one is answered with what is wrong. */
export function judgeCalls(pending: PendingCalls, tools: readonly AnyTool[]): readonly JudgedCall[] {
  const known = new Map(tools.map((tool) => [tool.name, tool]));
  let closing: string | undefined;
  return pending.calls.map((call) => {
    const judged = judge(call, pending, known);
    if (!('tool' in judged) || judged.tool.effect !== 'closing') return judged;
    if (closing !== undefined)
      return refuse(call, 'second_close', `Not executed: this turn already closes by ${closing}.`);
    closing = call.name;
    return judged;
  });
}

function judge(call: ToolUseBlock, pending: PendingCalls, known: ReadonlyMap<string, AnyTool>): JudgedCall {
  if (pending.truncated) {
    return refuse(call, 'malformed', 'Not executed: the reply was cut before its end. Make smaller calls.');
  }
  if (call.malformed !== undefined) {
    return refuse(
      call,
      'malformed',
      `Not executed: the call could not be read. ${call.malformed.slice(0, 500)}`,
    );
  }
  const tool = known.get(call.name);
  if (!tool)
    return refuse(call, 'unknown_tool', unknownTool(call.name.slice(0, longestName), [...known.keys()]));
  const parsed = tool.input.safeParse(call.input);
  if (!parsed.success) {
    return refuse(
      call,
      'invalid_input',
      `Not executed, the input is not valid:\n${z.prettifyError(parsed.error)}`,
    );
  }
  if (pending.maybeStarted && tool.effect === 'write' && tool.repeatable !== true) {
    return refuse(
      call,
      'outcome_unknown',
      'The run was interrupted here and taken over. Whether this call took effect is unknown; look before you repeat it.',
    );
  }
  return { call, tool, input: parsed.data };
}

/** Characters of a name that was made up, and of what is said of a call that is refused. */
const longestName = 100;
const longestRefusal = 4_000;

function unknownTool(name: string, known: readonly string[]): string {
  const match = nearest(name, known);
  const hint = match === undefined ? '' : ` Did you mean ${match}?`;
  return `There is no tool named ${name || '(empty)'}.${hint} Tools: ${known.join(', ')}.`;
}

function refuse(call: ToolUseBlock, refused: RefusedCall, why: string): JudgedCall {
  const content = why.slice(0, longestRefusal).toWellFormed();
  return { call, refusal: { callId: call.id, tool: call.name, content, isError: true, refused } };
}
