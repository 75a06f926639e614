import { noUsage, worstCaseOf, type Cost } from '@missions/models';
import type { TranscriptFact } from '../transcript/facts.ts';
import { mostInputTokens } from './context-window.ts';
import { costUsd, type Holding } from './holding.ts';

/** The most that the next call of a run can cost, as money and as what is recorded when its reply is lost. */
export interface WorstCase {
  readonly cost: Cost;
  readonly abandoned: Extract<TranscriptFact, { type: 'CallAbandoned' }>['data'];
}

/** `more` where a call asks for something beside the conversation, or for a shorter reply. */
export function worstCase(
  holding: Holding,
  more: { readonly inputTokens?: number; readonly outputTokens?: number } = {},
): WorstCase {
  const { state, options, terms } = holding;
  const tokens = {
    input: mostInputTokens(state, terms.window) + (more.inputTokens ?? 0),
    output: more.outputTokens ?? options.limits.maxTokens,
  };
  const cost = worstCaseOf(tokens, options.price);
  return {
    cost,
    abandoned: { turn: state.turn + 1, costUsd: costUsd(cost), usage: { ...noUsage, ...tokens } },
  };
}
