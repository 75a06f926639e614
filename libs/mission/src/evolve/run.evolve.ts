import type { MissionEventData } from '../events/index.ts';
import type { Mission, RunState } from '../mission.state.ts';
import { chargedFeature, heldMs, workedMin } from '../budget/index.ts';
import { addUsage, noUsage } from '../run.ts';
import { endedAhead, grantedAhead, requested } from './ahead.evolve.ts';
import { asked, endedAsk, grantedAsk, isAsk } from './ask.evolve.ts';
import { waitsSince } from '../queries.ts';
import { changed, without } from './fields.ts';
import type { Evolvers } from './mission.evolve.ts';

/** What is said of one holding, or of the wait for one, and ends with it. */
const passing = ['stalled', 'stopOrdered', 'unclaimed'] as const;

export const runEvolvers: Evolvers<
  | 'RunDelegated'
  | 'RunClaimed'
  | 'RunReleased'
  | 'RunSuspended'
  | 'RunEnded'
  | 'LockRequested'
  | 'LockGranted'
  | 'LockReleased'
  | 'BudgetSliceGranted'
  | 'BudgetWarned'
  | 'WallClockWarned'
  | 'BudgetRaised'
> = {
  RunDelegated: (mission, data) => delegated(mission, data),
  // The fold has counted this very event already, so `version` is the version of this claim: the token.
  RunClaimed: (mission, data) =>
    run(mission, data.runId, (state) => ({
      ...without(state, ...passing),
      status: 'running',
      token: mission.version,
      holder: data.holder,
      claims: state.claims + 1,
      startedAt: state.startedAt ?? data.at,
      heldSince: data.at,
      ...(data.model !== undefined && { model: data.model }),
    })),
  RunReleased: (mission, { runId, at }) =>
    run(mission, runId, (state) => ({
      ...noLongerHeld(state, at),
      status: 'released',
      releases: state.releases + 1,
    })),
  RunSuspended: (mission, { runId, checkpoint, at }) =>
    run(mission, runId, (state) => ({
      ...noLongerHeld(state, at),
      status: 'suspended',
      ...(checkpoint && { checkpoint }),
    })),
  RunEnded: (mission, data) => ended(mission, data),
  LockRequested: (mission, data) => (data.ask ? asked(mission, data) : requested(mission, data)),
  LockGranted: (mission, data) => granted(mission, data),
  LockReleased: (mission, { runId, claimId, letsThrough }) =>
    runId === undefined
      ? endedAhead(mission, claimId)
      : isAsk(mission, runId, claimId)
        ? endedAsk(mission, { runId, claimId })
        : released(mission, runId, letsThrough),
  BudgetSliceGranted: (mission, { runId, usd }) =>
    run(mission, runId, (state) => ({ ...state, sliceUsd: state.sliceUsd + usd })),
  BudgetWarned: (mission, { fraction }) => ({
    ...mission,
    budget: { ...mission.budget, warned: [...mission.budget.warned, fraction] },
  }),
  WallClockWarned: (mission, { fraction }) => ({
    ...mission,
    budget: { ...mission.budget, warnedTime: [...(mission.budget.warnedTime ?? []), fraction] },
  }),
  // A warning that the new budget is far from again may be given once more.
  BudgetRaised: (mission, { by: _by, ...raised }) => {
    const budget = { ...mission.budget, ...raised };
    const { warned, warnedTime, settledUsd, maxCostUsd = Infinity, maxWallClockMin = Infinity } = budget;
    const workedSoFar = workedMin(mission);
    return {
      ...mission,
      budget: {
        ...budget,
        warned: warned.filter((fraction) => settledUsd >= fraction * maxCostUsd),
        ...(warnedTime && {
          warnedTime: warnedTime.filter((fraction) => workedSoFar >= fraction * maxWallClockMin),
        }),
      },
    };
  },
};

/** The time of a holder that is gone is added up. */
function noLongerHeld(
  state: RunState,
  at: string,
): Omit<RunState, 'holder' | 'heldSince' | (typeof passing)[number]> {
  return { ...without(state, 'holder', 'heldSince', ...passing), heldMs: heldMs(state, at) };
}

function run(mission: Mission, runId: string, change: (state: RunState) => RunState): Mission {
  return { ...mission, runs: changed(mission.runs, runId, change) };
}

function granted(mission: Mission, data: MissionEventData<'LockGranted'>): Mission {
  const { runId, claimId, changedBy } = data;
  if (runId === undefined) return grantedAhead(mission, data);
  if (isAsk(mission, runId, claimId)) return grantedAsk(mission, { runId, claimId }, data.version);
  return run(noLongerWaiting(mission, runId), runId, (state) =>
    state.lock?.claimId === claimId
      ? {
          ...without(state, 'waitsSinceAt'),
          lock: { ...without(state.lock, 'waitingFor'), granted: true, ...(changedBy && { changedBy }) },
        }
      : state,
  );
}

/** Who lets others through waits on, under a new claim; whoever else gives back what it waits for, does not. */
function released(mission: Mission, runId: string, letsThrough: string | undefined): Mission {
  const state = mission.runs[runId];
  const sinceAt = letsThrough === undefined || !state ? undefined : waitsSince(mission, state);
  return run(noLongerWaiting(mission, runId), runId, (known) => ({
    ...without(known, 'lock', 'waitsSinceAt'),
    ...(sinceAt !== undefined && { waitsSinceAt: sinceAt }),
  }));
}

function noLongerWaiting(mission: Mission, runId: string): Mission {
  const featureId = mission.runs[runId]?.subject.feature;
  if (featureId === undefined) return mission;
  return {
    ...mission,
    features: changed(mission.features, featureId, (feature) =>
      feature.status === 'waiting' ? { ...without(feature, 'waitingFor'), status: 'delegated' } : feature,
    ),
  };
}

function delegated(mission: Mission, data: MissionEventData<'RunDelegated'>): Mission {
  const state: RunState = {
    id: data.runId,
    role: data.role,
    task: data.task,
    subject: data.subject,
    attempt: data.attempt,
    status: 'queued',
    token: 0,
    claims: 0,
    releases: 0,
    sliceUsd: 0,
    broadcastVersions: data.broadcastVersions,
    ...(data.fromSha !== undefined && { fromSha: data.fromSha }),
    ...(data.checkpoint && { checkpoint: data.checkpoint }),
  };
  const featureId = data.task === 'build' ? data.subject.feature : undefined;
  return {
    ...mission,
    runs: { ...mission.runs, [data.runId]: state },
    openRun: data.runId,
    ...(featureId !== undefined && {
      features: changed(mission.features, featureId, (feature) => ({
        ...without(feature, 'waitingFor'),
        status: 'delegated',
        attempts: feature.attempts + 1,
      })),
    }),
  };
}

function ended(mission: Mission, data: MissionEventData<'RunEnded'>): Mission {
  const state = mission.runs[data.runId];
  if (!state || state.endedAt !== undefined) return mission;
  const { checkpoint, cause, detail } = data;
  const endedRun: RunState = {
    ...noLongerHeld(state, data.at),
    status: data.state,
    sliceUsd: 0,
    usage: data.usage,
    endedAt: data.at,
    ...(cause && { cause }),
    ...(detail !== undefined && { detail }),
    ...(checkpoint && { checkpoint }),
    ...(data.own && { own: data.own }),
    ...(data.models && { models: data.models }),
    ...(data.helpers && { helpers: data.helpers }),
    ...(data.lost && { lost: data.lost }),
  };
  const featureId = state.task === 'build' ? state.subject.feature : undefined;
  const next: Mission = {
    ...(mission.openRun === data.runId ? without(mission, 'openRun') : mission),
    runs: { ...mission.runs, [data.runId]: endedRun },
    budget: { ...mission.budget, settledUsd: mission.budget.settledUsd + data.usage.costUsd },
    usage: addUsage(mission.usage, data.usage),
    ...(data.state === 'superseded' && { messages: interruptedBy(mission, data.runId) }),
  };
  if (featureId === undefined) return next;
  return {
    ...next,
    features: changed(charged(next, endedRun), featureId, (feature) => ({
      ...without(feature, 'checkpoint', 'waitingFor'),
      status: feature.status === 'delegated' || feature.status === 'waiting' ? 'handed_off' : feature.status,
      // After a failure the next attempt starts from the last accepted commit, not from what was left behind.
      ...(checkpoint && !hasFailed(mission, data) && { checkpoint }),
    })),
  };
}

/** Messages that wanted to interrupt and had not been heard: the run that ended early ended because of them. */
function interruptedBy({ messages }: Mission, runId: string): Mission['messages'] {
  return Object.values(messages)
    .filter(({ interrupt, deliveredTo, answeredBy }) => interrupt && deliveredTo === undefined && !answeredBy)
    .reduce((all, { id }) => changed(all, id, (state) => ({ interrupted: runId, ...state })), messages);
}

/** What a build used is charged to the feature whose limits it counts against. */
function charged(mission: Mission, run: RunState): Mission['features'] {
  const rootId = chargedFeature(mission, run)?.definition.id;
  if (rootId === undefined) return mission.features;
  return changed(mission.features, rootId, (root) => ({
    ...root,
    charged: addUsage(root.charged ?? noUsage, run.usage ?? noUsage),
    chargedMin: (root.chargedMin ?? 0) + (run.heldMs ?? 0) / 60_000,
  }));
}

/** The run broke, or its agent said itself that its work has failed. */
function hasFailed(mission: Mission, { runId, state }: MissionEventData<'RunEnded'>): boolean {
  const handoff = mission.handoffs.findLast((other) => other.runId === runId);
  return state === 'failed' || handoff?.claim.outcome === 'failure';
}
