import { addUsage, noUsage, type Message, type ToolUseBlock, type UserMessage } from '@missions/models';
import { fold } from '@missions/kernel';
import type { RunUsage } from '../outcome.ts';
import type { RecordedResult, TranscriptFact, TurnRecorded } from './facts.ts';

/** A turn whose reply is recorded and whose calls have no results yet. */
export interface PendingCalls {
  readonly turn: number;
  readonly at: string;
  readonly calls: readonly ToolUseBlock[];
  /** The reply ended at its token limit: its calls may be incomplete and are not executed. */
  readonly truncated: boolean;
  /** A former holder may have executed some of them; it vanished before it could say so. */
  readonly maybeStarted: boolean;
  /** A former holder paused before it started any of them. */
  readonly parked: boolean;
}

/** What the facts of a run add up to; the same for the holder that wrote them and for one that takes over. */
export interface RunState {
  readonly context: { readonly system: string; readonly firstMessage: string } | undefined;
  readonly messages: readonly Message[];
  readonly turn: number;
  readonly lastTurn: TurnRecorded | undefined;
  readonly pending: PendingCalls | undefined;
  readonly closed: { readonly tool: string; readonly turn: number } | undefined;
  readonly injected: ReadonlySet<string>;
  /** Nobody can be waiting for a reply: the last holder said that it stopped. */
  readonly atRest: boolean;
  /** Replies in a row without a call. */
  readonly idleTurns: number;
  /** Turns in a row in which no call could be executed. */
  readonly refusedTurns: number;
  /** Turns in a row that did the same with the same result. */
  readonly sameTurns: number;
  readonly lastSignature: string | undefined;
  readonly usage: RunUsage;
}

export const initialRunState: RunState = {
  context: undefined,
  messages: [],
  turn: 0,
  lastTurn: undefined,
  pending: undefined,
  closed: undefined,
  injected: new Set(),
  atRest: true,
  idleTurns: 0,
  refusedTurns: 0,
  sameTurns: 0,
  lastSignature: undefined,
  usage: { ...noUsage, turns: 0, costUsd: 0 },
};

export function foldRun(facts: Iterable<TranscriptFact>): RunState {
  return fold(evolveRun, initialRunState, facts);
}

/** Total: an unknown fact leaves the state as it is. */
export function evolveRun(state: RunState, fact: TranscriptFact): RunState {
  switch (fact.type) {
    case 'ContextAssembled':
      return say({ ...state, context: fact.data }, fact.data.firstMessage);
    case 'RunResumed':
      return resumed(state, fact.data);
    case 'TurnRecorded':
      return replied(state, fact.data);
    case 'ToolResultsRecorded':
      return executed(state, fact.data.turn, fact.data.results);
    case 'MessageInjected':
      return injected(state, fact.data);
    case 'RunSuspended':
      return {
        ...state,
        atRest: true,
        pending: state.pending && { ...state.pending, parked: fact.data.callsPending },
      };
    case 'CallAbandoned':
      return { ...state, atRest: true, usage: charged(state.usage, fact.data) };
    case 'ExternalCallRecorded':
      return { ...state, usage: charged(state.usage, fact.data) };
    default:
      return state;
  }
}

/** Whether a reply may have been under way when the last holder vanished. */
export function mayHaveLostCall(state: RunState): boolean {
  if (state.atRest || state.closed || state.pending) return false;
  return state.messages.at(-1)?.role === 'user' || state.lastTurn?.stopReason === 'pause_turn';
}

function resumed(state: RunState, data: Extract<TranscriptFact, { type: 'RunResumed' }>['data']): RunState {
  const pending = state.pending && {
    ...state.pending,
    maybeStarted: state.pending.maybeStarted || !state.pending.parked,
    parked: false,
  };
  const usage = data.lostCall ? charged(state.usage, data.lostCall) : state.usage;
  return { ...state, pending, usage, atRest: false };
}

function replied(state: RunState, data: TurnRecorded): RunState {
  const calls = data.reply.filter((block) => block.type === 'tool_use');
  const waits = calls.length > 0 && data.stopReason !== 'refusal';
  return {
    ...state,
    messages: [...state.messages, { role: 'assistant', content: data.reply }],
    turn: data.turn,
    lastTurn: data,
    pending: waits
      ? {
          turn: data.turn,
          at: data.at,
          calls,
          truncated: data.stopReason === 'max_tokens',
          maybeStarted: false,
          parked: false,
        }
      : undefined,
    atRest: false,
    idleTurns: calls.length > 0 || data.stopReason === 'pause_turn' ? 0 : state.idleTurns + 1,
    usage: { ...charged(state.usage, data), turns: state.usage.turns + 1 },
  };
}

function executed(state: RunState, turn: number, results: readonly RecordedResult[]): RunState {
  const signature = signatureOf(state.pending?.calls ?? [], results);
  const closing = results.find((result) => result.closes);
  const refused = results.every((result) => result.refused !== undefined);
  return {
    ...state,
    messages: withUserContent(
      state.messages,
      results.map(({ callId, content, isError }) => ({ type: 'tool_result', callId, content, isError })),
    ),
    pending: undefined,
    closed: closing ? { tool: closing.tool, turn } : state.closed,
    refusedTurns: refused ? state.refusedTurns + 1 : 0,
    sameTurns: signature === state.lastSignature ? state.sameTurns + 1 : 1,
    lastSignature: signature,
  };
}

function injected(
  state: RunState,
  data: Extract<TranscriptFact, { type: 'MessageInjected' }>['data'],
): RunState {
  const heard = say({ ...state, injected: new Set([...state.injected, data.messageId]) }, data.text);
  return data.by === 'person' ? { ...heard, idleTurns: 0 } : heard;
}

function say(state: RunState, text: string): RunState {
  return { ...state, messages: withUserContent(state.messages, [{ type: 'text', text }]) };
}

/** Texts and results between two replies form one message. */
function withUserContent(messages: readonly Message[], content: UserMessage['content']): readonly Message[] {
  const last = messages.at(-1);
  if (last?.role !== 'user') return [...messages, { role: 'user', content }];
  return [...messages.slice(0, -1), { role: 'user', content: [...last.content, ...content] }];
}

function signatureOf(calls: readonly ToolUseBlock[], results: readonly RecordedResult[]): string {
  const made = calls.map(({ name, input }) => [name, input]);
  return JSON.stringify([made, results.map(({ content, isError }) => [content, isError])]);
}

function charged(usage: RunUsage, call: Pick<TurnRecorded, 'usage' | 'costUsd'>): RunUsage {
  const costUsd =
    usage.costUsd === 'unpriced' || call.costUsd === 'unpriced' ? 'unpriced' : usage.costUsd + call.costUsd;
  return { ...addUsage(usage, call.usage), turns: usage.turns, costUsd };
}
