import { noUsage, worstCaseOf, type Cost } from '@missions/models';
import type { TranscriptFact } from '../transcript/facts.ts';
import { costUsd, type Holding } from './holding.ts';
import { estimateInputTokens, requestFor } from './model-request.ts';

/** The most that the next call of a run can cost, as money and as what is recorded when its reply is lost. */
export interface WorstCase {
  readonly cost: Cost;
  readonly abandoned: Extract<TranscriptFact, { type: 'CallAbandoned' }>['data'];
}

export function worstCase(holding: Holding): WorstCase {
  const { limits, price } = holding.options;
  const request = requestFor(holding.state, { tools: holding.definitions, maxTokens: limits.maxTokens });
  const tokens = { input: estimateInputTokens(request, holding.state), output: limits.maxTokens };
  const cost = worstCaseOf(tokens, price);
  return {
    cost,
    abandoned: { turn: holding.state.turn + 1, costUsd: costUsd(cost), usage: { ...noUsage, ...tokens } },
  };
}
