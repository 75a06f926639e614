import type { ModelErrorCode, Usage } from '@missions/models';

/** Why a run failed, as far as its loop can see it. */
export type FailureCause = ModelErrorCode | 'stall' | 'tool' | 'empty_run' | 'sandbox';

/** What a run used so far, over all its holders; a call whose reply was lost is counted at its worst case. */
export interface RunUsage extends Usage {
  readonly turns: number;
  readonly costUsd: number | 'unpriced';
}

/** How one holding of a run ended. */
export type RunEnding =
  | { readonly kind: 'closed'; readonly tool: string; readonly turn: number }
  | { readonly kind: 'text'; readonly text: string; readonly turn: number }
  | { readonly kind: 'suspended'; readonly turn: number }
  | { readonly kind: 'interrupted' | 'cancelled'; readonly turn: number }
  | { readonly kind: 'failed'; readonly cause: FailureCause; readonly detail: string }
  /** This holder may not or shall not go on (stale token, lost lease, service stopping); the run itself has not ended. */
  | { readonly kind: 'released'; readonly detail: string };

export type RunOutcome = RunEnding & { readonly usage: RunUsage };
