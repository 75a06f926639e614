import { runAgent, type AnyTool, type BudgetMeter, type Progress, type RunOutcome } from '@missions/agent';
import type { Role } from '@missions/mission';
import { withRunHeader, type RunHeader } from '@missions/models';
import type { ClaimedRun } from './claimed-run.ts';
import type { RoleModel } from './run-host.ts';
import { transcriptOf } from './transcripts.ts';

/** An agent inside a run: a fresh context of its own, which only reads. */
export interface Helper {
  /** The id of its transcript; the same after a takeover, so that what has ended is not asked again. */
  readonly id: string;
  readonly role: Role;
  readonly model: RoleModel;
  readonly system: string;
  readonly header: RunHeader;
  readonly text: string;
  readonly tools: readonly AnyTool[];
  readonly maxTurns: number;
  /** It has no closing tool: its last text is its result. */
  readonly endsWithText: boolean;
  readonly onProgress: (progress: Progress) => void;
}

interface Within {
  readonly budget: BudgetMeter;
  readonly signal: AbortSignal;
  /** Where nothing waits for the helper but the engine, it pauses by itself. */
  readonly pauseSignal?: AbortSignal;
}

/** Drives a helper inside its run's lease and budget: it stops with the run, and what it spends is the run's spending. */
export function runHelper(
  { host, run }: Pick<ClaimedRun, 'host' | 'run'>,
  { budget, signal, pauseSignal }: Within,
  { id, role, model, header, text, maxTurns, ...told }: Helper,
): Promise<RunOutcome> {
  return runAgent({
    ...told,
    ...model,
    run: { id, token: run.token, holder: host.holder },
    transcript: transcriptOf(host, run, id, role),
    firstMessage: withRunHeader(header, text),
    limits: {
      maxTurns,
      maxTokens: host.limits.maxTokensPerTurn,
      pauseGraceMs: host.limits.pauseGraceMs,
    },
    budget,
    steering: () => Promise.resolve({ wanted: pauseSignal?.aborted === true ? 'pause' : 'go', messages: [] }),
    redactor: host.redactor,
    clock: host.clock,
    signal,
    pauseSignal,
  });
}
