import type { Assertion, ControlRecord, Evidence } from '@missions/mission';
import type { ProofExecution } from './proof-execution.ts';
import type { Measurement } from './proof-site.ts';

/** The command that makes a broken variant of the product; a variant that is only described is for those who try to refute. */
export function breakOf({ negativeControl }: Assertion): string | undefined {
  return typeof negativeControl === 'object' ? negativeControl.break : undefined;
}

/** An inspection reads the commit, and no command changes a commit. */
export const notInspected =
  'An inspection reads the commit itself, which the command of a negative control cannot break.';

/** Breaks the product in its clean room; the problem says why there is no broken variant to prove. */
export async function breakProduct(
  execution: ProofExecution,
  command: string,
): Promise<{ readonly problem: string | undefined; readonly evidence: Evidence[] }> {
  const { exitCode, killed, stderr } = await execution.command('break', command);
  const end = killed ?? `exit code ${String(exitCode)}`;
  const said = execution.redact(stderr.trim()).slice(-400);
  const problem = exitCode === 0 ? undefined : `The broken variant could not be made: ${end}. ${said}`.trim();
  return { problem, evidence: execution.evidence };
}

/** What the proof made of the broken variant: it has to be noticed. */
export function controlRecord({ outcome, observed, evidence }: Measurement): ControlRecord {
  return { outcome: outcomes[outcome], observed, evidence: evidence.slice(-maxEvidence) };
}

const outcomes = { met: 'missed', not_met: 'caught', hindered: 'cannot_run' } as const;
const maxEvidence = 50;
