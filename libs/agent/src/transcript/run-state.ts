import { addUsage, noUsage, type ToolUseBlock } from '@missions/models';
import { fold } from '@missions/kernel';
import type { RunUsage } from '../outcome.ts';
import {
  emptyConversation,
  withoutOutputs,
  withReply,
  withSummary,
  withUserContent,
  type Conversation,
} from './conversation.ts';
import type {
  ContextSummarized,
  ExternalCallBegun,
  OutputsCleared,
  RecordedResult,
  TranscriptFact,
  TurnRecorded,
} from './facts.ts';
import { forgotten, nothingSeen, withTurn, type Novelty } from './novelty.ts';

/** A turn whose reply is recorded and whose calls have no results yet. */
export interface PendingCalls {
  readonly turn: number;
  readonly at: string;
  readonly calls: readonly ToolUseBlock[];
  /** How many more calls the reply made than one turn may have. */
  readonly dropped: number;
  /** The reply was cut, at its token limit or at the end of the context window: its calls are not executed. */
  readonly truncated: boolean;
  /** A former holder may have executed some of them; it vanished before it could say so. */
  readonly maybeStarted: boolean;
  /** A former holder paused before it started any of them. */
  readonly parked: boolean;
}

/** What the facts of a run add up to; the same for the holder that wrote them and for one that takes over. */
export interface RunState extends Conversation, Novelty {
  readonly context: { readonly system: string; readonly firstMessage: string } | undefined;
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
  /** Replies in a row that only paused. */
  readonly pausedTurns: number;
  /** What the provider counted for the conversation as it was at the last reply; undefined since it was shortened. */
  readonly counted: { readonly bytes: number; readonly tokens: number } | undefined;
  /** As last counted, over the system prompt and the conversation. */
  readonly tokensPerByte: number | undefined;
  /** The turn at which an overflow was met by a compaction; undefined again after the next good reply. */
  readonly overflowMetAt: number | undefined;
  /** How long holders worked on the run, as far as they recorded it; the time between two holders does not count. */
  readonly activeMs: number;
  readonly lastAt: string | undefined;
  /** Calls of an external agent's model that began and have not ended, by their ids. */
  readonly openCalls: Readonly<Record<string, ExternalCallBegun>>;
  readonly usage: RunUsage;
}

export const initialRunState: RunState = {
  ...emptyConversation,
  ...nothingSeen,
  context: undefined,
  turn: 0,
  lastTurn: undefined,
  pending: undefined,
  closed: undefined,
  injected: new Set(),
  atRest: true,
  idleTurns: 0,
  refusedTurns: 0,
  pausedTurns: 0,
  counted: undefined,
  tokensPerByte: undefined,
  overflowMetAt: undefined,
  activeMs: 0,
  lastAt: undefined,
  openCalls: {},
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
      return replied(worked(state, fact.data.at), fact.data);
    case 'ToolResultsRecorded':
      return executed(worked(state, fact.data.at), fact.data.turn, fact.data.results);
    case 'MessageInjected':
      return injected(state, fact.data);
    case 'OutputsCleared':
      return shortened(withoutOutputs(state, fact.data.outputs), fact.data);
    case 'ContextSummarized':
      return summarized(worked(state, fact.data.at), fact.data);
    case 'RunSuspended':
      return {
        ...worked(state, fact.data.at),
        atRest: true,
        pending: state.pending && { ...state.pending, parked: fact.data.callsPending },
      };
    case 'CallAbandoned':
      return { ...state, atRest: fact.data.why !== 'cut', usage: charged(state.usage, fact.data) };
    case 'ExternalCallBegun':
      return { ...state, openCalls: { ...state.openCalls, [fact.data.callId]: fact.data } };
    case 'ExternalCallRecorded':
      return { ...ended(state, fact.data.callId), usage: charged(state.usage, fact.data) };
    default:
      return state;
  }
}

/** Whether a reply may have been under way when the last holder vanished. */
export function mayHaveLostCall(state: RunState): boolean {
  if (state.atRest || state.closed || state.pending) return false;
  if (state.messages.at(-1)?.role === 'user') return true;
  // A reply that only paused is followed by another, one that overflowed by a summary.
  const reason = state.lastTurn?.stopReason;
  return reason === 'pause_turn' || reason === 'context_overflow';
}

function resumed(state: RunState, data: Extract<TranscriptFact, { type: 'RunResumed' }>['data']): RunState {
  const pending = state.pending && {
    ...state.pending,
    maybeStarted: state.pending.maybeStarted || !state.pending.parked,
    parked: false,
  };
  const usage = data.lostCall ? charged(state.usage, data.lostCall) : state.usage;
  return { ...state, pending, usage, atRest: false, lastAt: data.at };
}

function replied(state: RunState, data: TurnRecorded): RunState {
  const told = withReply(state, data.reply);
  return {
    ...counted(told, data),
    turn: data.turn,
    lastTurn: data,
    pending: pendingOf(data),
    atRest: false,
    ...idling(state, data),
    overflowMetAt: data.stopReason === 'context_overflow' ? state.overflowMetAt : undefined,
    usage: { ...charged(state.usage, data), turns: state.usage.turns + 1 },
  };
}

function pendingOf({ turn, at, reply, stopReason, droppedCalls }: TurnRecorded): PendingCalls | undefined {
  const calls = reply.filter((block) => block.type === 'tool_use');
  if (calls.length === 0 || stopReason === 'refusal') return undefined;
  const truncated = stopReason === 'max_tokens' || stopReason === 'context_overflow';
  return { turn, at, calls, truncated, dropped: droppedCalls ?? 0, maybeStarted: false, parked: false };
}

function idling(state: RunState, data: TurnRecorded): Pick<RunState, 'idleTurns' | 'pausedTurns'> {
  if (data.reply.some((block) => block.type === 'tool_use')) return { idleTurns: 0, pausedTurns: 0 };
  if (data.stopReason === 'pause_turn') return { idleTurns: 0, pausedTurns: state.pausedTurns + 1 };
  return { idleTurns: state.idleTurns + 1, pausedTurns: 0 };
}

function counted(state: RunState, { usage }: TurnRecorded): RunState {
  const tokens = usage.input + usage.cacheRead + usage.cacheWrite + usage.output;
  if (tokens === 0) return state;
  const bytes = state.bytes + Buffer.byteLength(state.context?.system ?? '');
  return { ...state, counted: { bytes: state.bytes, tokens }, tokensPerByte: tokens / bytes };
}

function executed(state: RunState, turn: number, results: readonly RecordedResult[]): RunState {
  const closing = results.find((result) => result.closes);
  const refused = results.every((result) => result.refused !== undefined);
  const known = withTurn(state, state.pending?.calls ?? [], results);
  const told = withUserContent(
    known,
    results.map(({ callId, content, isError }) => ({ type: 'tool_result', callId, content, isError })),
  );
  const dropped = state.pending?.dropped ?? 0;
  return {
    ...(dropped > 0 ? say(told, droppedText(dropped, results.length)) : told),
    pending: undefined,
    closed: closing ? { tool: closing.tool, turn } : state.closed,
    refusedTurns: refused ? state.refusedTurns + 1 : 0,
  };
}

function droppedText(dropped: number, made: number): string {
  return `${dropped} further calls of your last turn were left out: a turn has at most ${made}.`;
}

function injected(
  state: RunState,
  { messageId, text, turn, by }: Extract<TranscriptFact, { type: 'MessageInjected' }>['data'],
): RunState {
  const heard = say({ ...state, injected: new Set([...state.injected, messageId]) }, text);
  return by === 'person' ? { ...heard, idleTurns: 0, said: [...state.said, { turn, text }] } : heard;
}

function say(state: RunState, text: string): RunState {
  return withUserContent(state, [{ type: 'text', text }]);
}

function summarized(state: RunState, data: ContextSummarized): RunState {
  const told = withSummary(state, data, state.context?.firstMessage ?? '');
  return shortened({ ...told, usage: charged(state.usage, data) }, data);
}

/** What the provider counted no longer holds, and what was left out may be looked up again. */
function shortened(state: RunState, data: Pick<OutputsCleared, 'turn' | 'reason'>): RunState {
  const overflowMetAt = data.reason === 'overflow' ? data.turn : state.overflowMetAt;
  return { ...forgotten(state), counted: undefined, overflowMetAt };
}

/** Time counts from one recorded instant of a holder to its next. */
function worked(state: RunState, at: string | undefined): RunState {
  if (at === undefined) return state;
  const ms = state.lastAt === undefined ? 0 : Date.parse(at) - Date.parse(state.lastAt);
  return { ...state, activeMs: state.activeMs + Math.max(0, ms), lastAt: at };
}

function ended(state: RunState, callId: string | undefined): RunState {
  if (callId === undefined) return state;
  const { [callId]: _ended, ...openCalls } = state.openCalls;
  return { ...state, openCalls };
}

function charged(usage: RunUsage, call: Pick<TurnRecorded, 'usage' | 'costUsd'>): RunUsage {
  const costUsd =
    usage.costUsd === 'unpriced' || call.costUsd === 'unpriced' ? 'unpriced' : usage.costUsd + call.costUsd;
  return { ...addUsage(usage, call.usage), turns: usage.turns, costUsd };
}
