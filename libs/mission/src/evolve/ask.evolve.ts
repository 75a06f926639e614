import { givenBackCode, isGivenBack, type AskState } from '../ask.ts';
import type { MissionEventData } from '../events/index.ts';
import type { Mission } from '../mission.state.ts';
import { changed, without } from './fields.ts';
import type { Evolvers } from './mission.evolve.ts';

export const askEvolvers: Evolvers<'LockOffered' | 'LockOfferChosen' | 'LockAskRefused'> = {
  LockOffered: (mission, { runId, claimId, negotiationId, proposalId, offer, expires }) =>
    ask(mission, { runId, claimId }, (state) => ({
      ...state,
      offers: [
        ...(state.offers ?? []).filter((one) => one.negotiationId === negotiationId),
        { negotiationId, proposalId, offer, expires },
      ],
    })),
  LockOfferChosen: (mission, { runId, claimId, proposalId }) =>
    ask(mission, { runId, claimId }, (state) => ({ ...state, chosen: proposalId })),
  LockAskRefused: (mission, { runId, claimId, code, detail }) =>
    ask(claimedNext(mission, { runId, claimId }, code), { runId, claimId }, (state) => ({
      ...without(state, 'waitingFor', 'offers', 'token'),
      granted: false,
      refused: { code, detail },
    })),
};

/** What others changed after the run began is claimed by the next run of its feature, which starts from there. */
function claimedNext(mission: Mission, { runId, claimId }: Place, code: string): Mission {
  const run = mission.runs[runId];
  const resource = run?.asks?.find((one) => one.claimId === claimId)?.resource;
  const featureId = run?.subject.feature;
  if (code !== 'CHANGED_MEANWHILE' || resource === undefined || featureId === undefined) return mission;
  return {
    ...mission,
    features: changed(mission.features, featureId, (feature) => ({
      ...feature,
      alsoTouches: [...new Set([...(feature.alsoTouches ?? []), resource])],
    })),
  };
}

/** A run asks for one thing more, beside its own claim. */
export function asked(
  mission: Mission,
  { runId = '', claimId, resources, ask: wanted }: MissionEventData<'LockRequested'>,
): Mission {
  if (!wanted) return mission;
  return {
    ...mission,
    runs: changed(mission.runs, runId, (state) => ({
      ...state,
      asks: [
        ...(state.asks ?? []).filter((one) => !isGivenBack(one) || one.resource !== resources[0]),
        { claimId, resource: resources[0] ?? '', ...wanted, granted: false },
      ],
    })),
  };
}

export function isAsk(mission: Mission, runId: string | undefined, claimId: string): boolean {
  return mission.runs[runId ?? '']?.asks?.some((one) => one.claimId === claimId) === true;
}

export function grantedAsk(mission: Mission, at: Place, token: number): Mission {
  return ask(mission, at, (state) => ({ ...without(state, 'waitingFor', 'offers'), granted: true, token }));
}

export function waitingAsk(
  mission: Mission,
  at: Place,
  waitingFor: NonNullable<AskState['waitingFor']>,
): Mission {
  return ask(mission, at, (state) => ({ ...state, waitingFor }));
}

/**
 * Given back, or lost; of one that was refused the reason stays known. A run that nobody holds will go on: whoever takes it up
 * has to hear that what its agent was told it has is gone.
 */
export function endedAsk(mission: Mission, { runId, claimId }: Place): Mission {
  return {
    ...mission,
    runs: changed(mission.runs, runId, (state) => ({
      ...state,
      asks: (state.asks ?? []).flatMap((one) => {
        if (one.claimId !== claimId || one.refused) return [one];
        const goesOn = state.endedAt === undefined && state.status !== 'running';
        return goesOn ? [givenBack(one)] : [];
      }),
    })),
  };
}

function givenBack(one: AskState): AskState {
  const detail = 'It was given back while nobody worked on the run.';
  return {
    ...without(one, 'waitingFor', 'offers', 'token'),
    granted: false,
    refused: { code: givenBackCode, detail },
  };
}

interface Place {
  readonly runId: string;
  readonly claimId: string;
}

function ask(mission: Mission, { runId, claimId }: Place, change: (state: AskState) => AskState): Mission {
  return {
    ...mission,
    runs: changed(mission.runs, runId, (state) => ({
      ...state,
      asks: (state.asks ?? []).map((one) => (one.claimId === claimId ? change(one) : one)),
    })),
  };
}
