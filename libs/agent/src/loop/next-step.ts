import type { RunEnding } from '../outcome.ts';
import type { CompactionReason } from '../transcript/facts.ts';
import type { PendingCalls, RunState } from '../transcript/run-state.ts';
import { fullAtTokens, likelyInputTokens, roomyBytes, type ContextWindow } from './context-window.ts';
import { defaultLimits, type RunLimits } from './options.ts';
import { planCompaction } from './plan-compaction.ts';

/** What a run does next. */
export type Step =
  | { readonly kind: 'end'; readonly ending: RunEnding }
  | { readonly kind: 'execute'; readonly pending: PendingCalls }
  | { readonly kind: 'remind'; readonly messageId: string; readonly text: string }
  | { readonly kind: 'compact'; readonly reason: CompactionReason }
  | { readonly kind: 'call' };

/** The fixed terms of a run that decide how its replies are read. */
export interface RunTerms {
  readonly limits: RunLimits;
  readonly window: ContextWindow;
  readonly endsWithText: boolean;
  readonly closingTools: readonly string[];
}

/** Decides from the facts alone, so a run that was taken over goes on exactly as its former holder would have. */
export function nextStep(state: RunState, terms: RunTerms): Step {
  if (state.closed) return { kind: 'end', ending: { kind: 'closed', ...state.closed } };
  if (state.pending) return { kind: 'execute', pending: state.pending };
  return (
    overflowed(state) ??
    afterReply(state, terms) ??
    limitReached(state, terms.limits) ??
    nearlyFull(state, terms.window) ?? { kind: 'call' }
  );
}

/** A reply that met the end of the context window is followed by a compaction, unless one has just been tried. */
function overflowed(state: RunState): Step | undefined {
  if (state.lastTurn?.stopReason !== 'context_overflow' || state.overflowMetAt === state.turn)
    return undefined;
  return { kind: 'compact', reason: 'overflow' };
}

function nearlyFull(state: RunState, window: ContextWindow): Step | undefined {
  const fullAt = fullAtTokens(window);
  if (fullAt === undefined || likelyInputTokens(state, window) < fullAt) return undefined;
  const room = planCompaction(state, roomyBytes(state, window, 'window'));
  return room && { kind: 'compact', reason: 'window' };
}

/** What a reply without calls leads to; undefined when the conversation waits for the model. */
function afterReply(state: RunState, terms: RunTerms): Step | undefined {
  if (state.lastTurn?.stopReason === 'refusal') return failed('refusal', 'The model refused to go on.');
  if (state.messages.at(-1)?.role !== 'assistant') return undefined;
  if (state.lastTurn?.stopReason === 'pause_turn') return undefined;
  if (state.lastTurn?.stopReason === 'max_tokens')
    return remindOrFail(state, 'Your reply was cut at its token limit. Go on in smaller steps.');
  if (state.lastTurn?.stopReason === 'context_overflow')
    return remindOrFail(state, 'Your reply was cut because the conversation was too long. Go on.');
  const text = lastText(state);
  if (terms.endsWithText && text !== '')
    return { kind: 'end', ending: { kind: 'text', text, turn: state.turn } };
  return remindOrFail(state, reminder(terms));
}

function remindOrFail(state: RunState, text: string): Step {
  if (state.idleTurns > 1) {
    return failed('empty_run', 'The run ended twice in a row without a call, and without its closing tool.');
  }
  return { kind: 'remind', messageId: `reminder-${state.turn}`, text };
}

function reminder(terms: RunTerms): string {
  if (terms.endsWithText) return 'You ended without an answer. Write your answer as text.';
  const tools = terms.closingTools.map((name) => `\`${name}\``).join(' or ');
  return `You ended your turn without calling a tool, but the task is still open. Go on, and end it by calling ${tools}.`;
}

function limitReached(state: RunState, limits: RunLimits): Step | undefined {
  const maxRefused = limits.maxRefusedTurns ?? defaultLimits.maxRefusedTurns;
  if (state.refusedTurns >= maxRefused) {
    return failed('tool', `No call of the last ${state.refusedTurns} turns could be executed.`);
  }
  const maxSame = limits.maxSameTurns ?? defaultLimits.maxSameTurns;
  if (state.sameTurns >= maxSame) {
    return failed('stall', `The last ${state.sameTurns} turns made the same calls with the same results.`);
  }
  const maxStale = limits.maxStaleTurns ?? defaultLimits.maxStaleTurns;
  if (state.staleTurns >= maxStale) {
    return failed(
      'stall',
      `The last ${state.staleTurns} turns only repeated calls whose results were known.`,
    );
  }
  const maxPaused = limits.maxPausedTurns ?? defaultLimits.maxPausedTurns;
  if (state.pausedTurns >= maxPaused) {
    return failed('stall', `The model only paused, ${state.pausedTurns} replies in a row.`);
  }
  if (state.turn >= limits.maxTurns)
    return failed('budget', `The run reached its limit of ${limits.maxTurns} turns.`);
  const { input, output, cacheRead, cacheWrite } = state.usage;
  const tokens = input + output + cacheRead + cacheWrite;
  if (limits.maxRunTokens !== undefined && tokens >= limits.maxRunTokens) {
    return failed('budget', `The run reached its limit of ${limits.maxRunTokens} tokens.`);
  }
  return undefined;
}

function lastText(state: RunState): string {
  const blocks = state.lastTurn?.reply ?? [];
  return blocks
    .flatMap((block) => (block.type === 'text' ? [block.text] : []))
    .join('\n')
    .trim();
}

function failed(cause: Extract<RunEnding, { kind: 'failed' }>['cause'], detail: string): Step {
  return { kind: 'end', ending: { kind: 'failed', cause, detail } };
}
