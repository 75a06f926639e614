import type { MissionCommandData, MissionCommandType } from '../commands/index.ts';
import type { DecisionContext } from '../context.ts';
import { fact, type MissionEvent } from '../events/index.ts';
import type { Mission, RunState } from '../mission.state.ts';
import { isOver, openRun } from '../queries.ts';
import { refuse } from '../refusals.ts';
import { noUsage, type Usage } from '../run.ts';

/** One command's rule: the data asked for, the mission as it is, who asks and when. */
export type Decision<Type extends MissionCommandType> = (
  data: MissionCommandData<Type>,
  mission: Mission,
  context: DecisionContext,
) => readonly MissionEvent[];

export type Decisions<Types extends MissionCommandType> = { readonly [Type in Types]: Decision<Type> };

export function requirePerson({ actor }: DecisionContext): string {
  if (actor.kind !== 'person') refuse('PERSON_REQUIRED', '', { actor: actor.id });
  return actor.id;
}

export function requireService({ actor }: DecisionContext): void {
  if (actor.kind !== 'service') refuse('SERVICE_REQUIRED', '', { actor: actor.id });
}

export function requireOngoing(mission: Mission): void {
  if (isOver(mission)) refuse('MISSION_OVER', '', { status: mission.status });
}

/** The run as its present holder may act on it; anyone with an older token is refused. */
export function requireHeldRun(
  mission: Mission,
  { runId, token }: { readonly runId: string; readonly token: number },
): RunState {
  const run = mission.runs[runId];
  if (!run) return refuse('UNKNOWN_RUN', '', { runId });
  if (run.status !== 'running' || run.token !== token)
    return refuse('STALE_TOKEN', '', { runId, token, current: run.token, status: run.status });
  return run;
}

/** What a run shared with other missions is given back when the run ends, granted or still waited for. */
export function releasedLock(run: RunState, change?: { readonly sha: string }): readonly MissionEvent[] {
  const asks = (run.asks ?? []).filter(({ refused }) => !refused);
  return [...(run.lock ? [run.lock] : []), ...asks].map(({ claimId }) =>
    fact('LockReleased', { claimId, runId: run.id, ...(change && { change }) }),
  );
}

/** Ends a run nobody holds; one that is held is ended by its holder, who still has work to stop. */
export function endIdleRun(
  mission: Mission,
  state: 'cancelled' | 'superseded',
  at: string,
): readonly MissionEvent[] {
  const run = openRun(mission);
  if (!run || run.status === 'running') return [];
  return [fact('RunEnded', { runId: run.id, state, usage: worstUsage(run), at }), ...releasedLock(run)];
}

/**
 * Nobody is left who could say what the run has spent, so it is charged all that it was granted. One that needed no grant
 * has an unknown cost, which is said rather than called nothing.
 */
export function worstUsage({ sliceUsd, model }: RunState): Usage {
  return { ...noUsage, costUsd: sliceUsd, unpriced: sliceUsd === 0 && model !== undefined };
}
