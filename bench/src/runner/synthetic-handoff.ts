import { createHash } from 'node:crypto';
import type { ConclusionOf, Mission } from '@missions/mission';

/** A successful handoff of one changed file on top of the mission's head, without a repository behind it. */
export function syntheticHandoff(mission: Mission, runId: string): ConclusionOf<'handed_off'> {
  const baseSha = mission.head?.sha ?? '';
  return {
    kind: 'handed_off',
    claim: {
      outcome: 'success',
      salientSummary: 'Nothing was built: this handoff measures how the next run is reached.',
      whatWasImplemented: ['a file that does not exist'],
      whatWasLeftUndone: [],
      assertionClaims: [],
      discoveredIssues: [],
      decisions: [],
      environmentNotes: [],
    },
    captured: {
      baseSha,
      headSha: createHash('sha1').update(baseSha).update(runId).digest('hex'),
      filesChanged: [`src/${runId}.txt`],
      commandsRun: [],
    },
  };
}
