import type { ClaimedRun } from '@missions/runs';
import type { Surroundings } from '@missions/runtime';
import type { ProofParts } from '../proof/index.ts';

export async function proofPartsOf(
  { host: { artifacts, redactor } }: ClaimedRun,
  { sandbox, layers, adopt, places }: Surroundings,
): Promise<ProofParts> {
  return { sandbox, layers, adopt, artifacts, redactor, stateDir: await places.proofRooms() };
}
