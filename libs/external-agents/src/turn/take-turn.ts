import {
  noUsage,
  type ContentBlock,
  type ModelReply,
  type ModelRequest,
  type RespondOptions,
  type StopReason,
} from '@missions/models';
import type { ExternalAgentParts } from '../external-agent.ts';
import { closingToolOf, turnOf } from '../prompt.ts';
import { ResultFile } from '../result-file.ts';
import { AgentTurn } from './agent-turn.ts';

/** How a program's turn ended by itself. */
export interface TurnEnding {
  readonly stopReason: Extract<StopReason, 'end_turn' | 'refusal'>;
  /** Taken as the result where the program left no result file. */
  readonly result?: Readonly<Record<string, unknown>>;
}

export interface OpenTurn {
  readonly turn: AgentTurn;
  readonly result: ResultFile;
}

/**
 * One turn of an external agent as a reply to the agent loop: its last words, and the call of the closing tool if it left a
 * result. Its model's tokens are booked call by call, so the reply itself has none.
 */
export async function takeTurn(
  parts: ExternalAgentParts,
  { request, options }: { readonly request: ModelRequest; readonly options: RespondOptions },
  work: (open: OpenTurn) => Promise<TurnEnding>,
): Promise<ModelReply> {
  const result = new ResultFile(parts.session, closingToolOf(request).name, parts.limits.resultBytes);
  const { signal = new AbortController().signal, onDelta } = options;
  signal.throwIfAborted();
  const moved = (): void => onDelta?.({ type: 'text', text: '' });
  const turn = new AgentTurn(parts, turnOf(request), { signal, moved });
  try {
    await result.clear();
    const ending = await work({ turn, result });
    turn.signal.throwIfAborted();
    await turn.settle();
    return await replyOf(ending, { turn, result });
  } catch (error) {
    await turn.settle().catch(() => undefined); // What went wrong first is what is told.
    throw turn.signal.aborted ? turn.signal.reason : error;
  }
}

async function replyOf(
  { stopReason, result: given }: TurnEnding,
  { turn, result }: OpenTurn,
): Promise<ModelReply> {
  const found = await result.read(turn.number);
  const call: ContentBlock | undefined =
    found ??
    (given && {
      type: 'tool_use',
      id: `result-${String(turn.number)}`,
      name: result.tool,
      input: { ...given },
    });
  const text = turn.log.lastWords.trim();
  return {
    content: [...(text === '' ? [] : [{ type: 'text' as const, text }]), ...(call ? [call] : [])],
    stopReason: call ? 'tool_use' : stopReason,
    usage: noUsage,
  };
}
