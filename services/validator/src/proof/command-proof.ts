import { checkExpectation, type Checked } from './check-expectation.ts';
import type { ProofExecution } from './proof-execution.ts';
import { needsWitness, proveUnderWitness } from './witness/witnessed-command.ts';

/** `static` and `command`: the set-up, then one command whose exit code and output decide. */
export async function proveByCommand(execution: ProofExecution): Promise<Checked> {
  const failed = await execution.failedSetUp();
  if (failed) return failed;
  const { proof } = execution.assertion;
  if (needsWitness(proof)) return proveUnderWitness(execution);
  return checkExpectation(await execution.command('command', proof.command ?? ''), proof.expected);
}
