import type { TranscriptFact } from '@missions/agent';
import type { Clock, Redactor } from '@missions/kernel';
import type { Model } from '@missions/models';
import type { SandboxSession } from '@missions/workspace';
import type { FormerWork } from './former-work.ts';
import type { ExternalAgentLimits } from './limits.ts';
import type { ModelSpend } from './model-spend.ts';

/** What an agent that is not ours works with in one holding of a run. */
export interface ExternalAgentParts {
  /** As it is configured: `provider/name`. */
  readonly use: string;
  /** Program and arguments as they lie in the sandbox. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly session: SandboxSession;
  readonly redactor: Redactor;
  readonly clock: Clock;
  /** Writes to the run's transcript. */
  readonly record: (facts: readonly TranscriptFact[]) => Promise<void>;
  /** Keeps the workspace as it is now. */
  readonly checkpoint: (turn: number) => Promise<{ readonly sha: string; readonly bundle?: string }>;
  /** What former holders let it do; undefined when nobody held the run before. */
  readonly former?: FormerWork | undefined;
  /** Counts what it spends through the egress proxy; where absent it reaches no model of ours. */
  readonly spend?: ModelSpend | undefined;
  /** Shows what it does, in one line; never recorded. */
  readonly show?: (line: string) => void;
  readonly limits: ExternalAgentLimits;
}

/**
 * A program that runs a whole run, seen by the agent loop as a model whose reply is one turn of it: the program works in the
 * run's sandbox, and what it leaves in the result file is the call of the closing tool.
 */
export interface ExternalAgent extends Model {
  /** Ends it and everything it started, if that has not ended yet. Idempotent. */
  close(): Promise<void>;
}
