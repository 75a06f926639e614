import type { Mission, RunState } from '../mission.state.ts';
import { endedAhead } from './ahead.evolve.ts';
import { endedAsk, isAsk, waitingAsk } from './ask.evolve.ts';
import { waitingFor } from '../waiting.ts';
import { changed, without } from './fields.ts';
import type { Evolvers } from './mission.evolve.ts';

export const livenessEvolvers: Evolvers<
  | 'RunStalled'
  | 'RunRecovered'
  | 'RunStopOrdered'
  | 'RunUnclaimed'
  | 'RunWaiting'
  | 'LockLost'
  | 'LockNarrowed'
  | 'LockNegotiationOpened'
  | 'LockNegotiationSettled'
  | 'LockNegotiationFailed'
> = {
  RunStalled: (mission, { runId, sinceAt, limitMs, lastLine }) =>
    run(mission, runId, (state) => ({
      ...state,
      stalled: { sinceAt, limitMs, ...(lastLine !== undefined && { lastLine }) },
    })),
  RunRecovered: (mission, { runId }) => run(mission, runId, (state) => without(state, 'stalled')),
  RunStopOrdered: (mission, { runId, cause }) =>
    run(cause === 'hand_over' ? gaveWay(mission, runId) : mission, runId, (state) => ({
      ...state,
      stopOrdered: cause,
    })),
  RunUnclaimed: (mission, { runId, sinceAt, needs }) =>
    run(mission, runId, (state) => ({ ...state, unclaimed: { sinceAt, needs } })),
  RunWaiting: (mission, { runId, claimId, ...said }) => {
    const now = waitingFor(said);
    if (claimId !== undefined) return waitingAsk(mission, { runId, claimId }, now);
    return run(mission, runId, (state) =>
      state.lock ? { ...state, lock: { ...state.lock, waitingFor: now } } : state,
    );
  },
  LockLost: (mission, { runId, claimId }) =>
    runId === undefined
      ? endedAhead(mission, claimId)
      : isAsk(mission, runId, claimId)
        ? endedAsk(mission, { runId, claimId })
        : run(mission, runId, (state) => (state.lock?.claimId === claimId ? without(state, 'lock') : state)),
  LockNarrowed: (mission, { runId, claimId, resources }) =>
    run(mission, runId, (state) =>
      state.lock?.claimId === claimId ? { ...state, lock: { ...state.lock, resources } } : state,
    ),
  // What is said between missions changes nothing by itself: what comes of it has facts of its own.
  LockNegotiationOpened: (mission) => mission,
  LockNegotiationSettled: (mission) => mission,
  LockNegotiationFailed: (mission) => mission,
};

function gaveWay(mission: Mission, runId: string): Mission {
  const featureId = mission.runs[runId]?.subject.feature;
  if (featureId === undefined) return mission;
  return {
    ...mission,
    features: changed(mission.features, featureId, (feature) => ({
      ...feature,
      handOvers: (feature.handOvers ?? 0) + 1,
    })),
  };
}

function run(mission: Mission, runId: string, change: (state: RunState) => RunState): Mission {
  return { ...mission, runs: changed(mission.runs, runId, change) };
}
