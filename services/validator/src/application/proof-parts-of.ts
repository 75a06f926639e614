import type { ClaimedRun } from '@missions/runs';
import type { Surroundings } from '@missions/runtime';
import type { ProofParts } from '../proof/index.ts';

export function proofPartsOf(
  { host }: ClaimedRun,
  { sandbox, layers, adopt, stateDir }: Surroundings,
): ProofParts {
  return { sandbox, layers, adopt, stateDir, artifacts: host.artifacts, redactor: host.redactor };
}
