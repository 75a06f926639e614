import { checkExpectation, type Checked } from './check-expectation.ts';
import type { ProofExecution } from './proof-execution.ts';

/** `static` and `command`: the set-up, then one command whose exit code and output decide. */
export async function proveByCommand(execution: ProofExecution): Promise<Checked> {
  const failed = await execution.failedSetUp();
  if (failed) return failed;
  const { command = '', expected } = execution.assertion.proof;
  return checkExpectation(await execution.command('command', command), expected);
}
