import type { MissionCommandRequest } from '@missions/contracts';
import { isRefusal } from '@missions/kernel';
import { whoStepsBack, type Circumstances } from '@missions/leasing';
import { isAskClaim } from '@missions/mission';

/** Carries out a command of a mission. */
type Command = (request: MissionCommandRequest) => Promise<unknown>;

/**
 * Has the missions of waiting claims that are before somebody only because others gave way to them ask again, behind everybody.
 * Any replica may say it, and may say it twice: it is about a claim, which steps back once.
 */
export async function letPass(circumstances: Circumstances, command: Command): Promise<void> {
  const actor = { kind: 'service', id: 'resource-lock' } as const;
  for (const { earlier, first } of whoStepsBack(circumstances)) {
    const { claimId, owner } = earlier;
    // What an agent asks for beside its run's claim keeps its place: it is asked for as long as that run lasts.
    if (isAskClaim(claimId)) continue;
    try {
      await command({
        commandId: `${claimId}/steps-back`,
        missionId: owner.missionId,
        actor,
        command: { type: 'StepBack', data: { claimId, letsThrough: first.owner.missionId } },
      });
    } catch (error) {
      // The mission or the claim has moved on.
      if (!isRefusal(error)) throw error;
    }
  }
}
