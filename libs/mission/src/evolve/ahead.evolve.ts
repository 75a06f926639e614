import type { MissionEventData } from '../events/index.ts';
import type { Mission } from '../mission.state.ts';
import { changed, without } from './fields.ts';

type Requested = MissionEventData<'LockRequested'>;

/** A claim that nobody works under yet, or a run's own; a run that asks for what was asked for ahead takes it as it stands. */
export function requested(mission: Mission, { claimId, runId, featureId, resources }: Requested): Mission {
  if (runId === undefined)
    return featureId === undefined
      ? mission
      : { ...mission, ahead: { claimId, featureId, resources, granted: false } };
  const { ahead } = mission;
  const isTaken = ahead?.claimId === claimId;
  const lock = {
    claimId,
    granted: isTaken && ahead.granted,
    resources,
    ...(featureId !== undefined && { featureId }),
    ...(isTaken && ahead.changedBy && { changedBy: ahead.changedBy }),
  };
  return {
    ...(isTaken ? without(mission, 'ahead') : mission),
    runs: changed(mission.runs, runId, (state) => ({ ...state, lock })),
  };
}

export function grantedAhead(
  mission: Mission,
  { claimId, changedBy }: MissionEventData<'LockGranted'>,
): Mission {
  const { ahead } = mission;
  if (ahead?.claimId !== claimId) return mission;
  return { ...mission, ahead: { ...ahead, granted: true, ...(changedBy && { changedBy }) } };
}

/** Given back or lost. */
export function endedAhead(mission: Mission, claimId: string): Mission {
  return mission.ahead?.claimId === claimId ? without(mission, 'ahead') : mission;
}
