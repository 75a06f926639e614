import { fact, type MissionEvent, type MissionEventData } from '../events/index.ts';
import type { FeatureState, Mission, RunState } from '../mission.state.ts';
import { attemptsLeft } from '../queries.ts';
import type { BlockCause, RunCause } from '../run.ts';

/** Causes that another attempt would only meet again: a person, or time, has to change something first. */
const blockingCauses: Partial<Record<RunCause, { cause: BlockCause; needs: string }>> = {
  auth: {
    cause: 'auth',
    needs:
      'Give the services the key that the configuration names (on one machine: `missions down`, set it, `missions up`), then resume.',
  },
  rate_limit: { cause: 'rate_limit', needs: 'Wait for the limit to reset or raise it, then resume.' },
  budget: {
    cause: 'budget',
    needs: 'Raise what is used up: `missions budget raise`; or resume for another attempt.',
  },
  sandbox: { cause: 'environment', needs: 'Run `missions doctor`, mend what it names, then resume.' },
};

/** What follows when a run ended without its result: another attempt, or a stated block. */
export function afterFailure(
  run: RunState,
  mission: Mission,
  { cause, detail }: { readonly cause: RunCause; readonly detail: string },
): readonly MissionEvent[] {
  const blocking = blockingCauses[cause];
  const feature = run.subject.feature === undefined ? undefined : mission.features[run.subject.feature];
  const reopened =
    run.task === 'build' && feature
      ? reopenOrBlock(feature, mission, { reason: `${cause}: ${detail}`, forgive: blocking !== undefined })
      : [];
  if (cause === 'budget' && mission.budget.onExceeded === 'stop')
    return [...reopened, fact('MissionFailed', { cause: 'budget', detail })];
  if (blocking) return [...reopened, ...blocked(mission, { ...blocking, detail })];
  if (run.task === 'build' || failuresOf(run, mission) < mission.limits.attemptsPerRun) return reopened;
  const times = String(mission.limits.attemptsPerRun);
  return blocked(mission, {
    cause: 'unknown',
    detail: `The ${run.task} run failed ${times} times, last by ${cause}: ${detail}`.slice(0, 4000),
    needs: `Read \`missions run ${run.id}\`, then resume or cancel.`,
  });
}

/** A mission that is blocked already keeps the cause that a person knows; it is the one to be settled first. */
function blocked(mission: Mission, block: MissionEventData<'MissionBlocked'>): readonly MissionEvent[] {
  return mission.block ? [] : [fact('MissionBlocked', block)];
}

/** Another attempt while the feature has any left; else it and the mission are blocked, and the mission says why. */
export function reopenOrBlock(
  feature: FeatureState,
  mission: Mission,
  { reason, forgive = false }: { readonly reason: string; readonly forgive?: boolean },
): readonly MissionEvent[] {
  const featureId = feature.definition.id;
  if (forgive) return [fact('FeatureReopened', { featureId, reason, attemptsReset: true })];
  if (attemptsLeft(mission, feature) > 0) return [fact('FeatureReopened', { featureId, reason })];
  const isFix = feature.definition.kind === 'fix';
  return [
    fact('FeatureBlocked', { featureId, reason }),
    ...blocked(mission, {
      cause: isFix ? 'fix_limit' : 'unknown',
      detail: `${featureId} "${feature.definition.title}" used up its attempts; the last: ${reason}`.slice(
        0,
        4000,
      ),
      needs: `Read \`missions handoffs\`, then \`missions feature retry\` or \`skip\` ${featureId}, or resume.`,
    }),
  ];
}

/** Failed runs of the same task and subject, counting this one, since a person last said go on. */
function failuresOf(run: RunState, mission: Mission): number {
  const key = JSON.stringify([run.task, run.role, run.subject]);
  const failed = Object.values(mission.runs)
    .slice(mission.runsForgiven)
    .filter(
      (other) =>
        other.id !== run.id &&
        other.status === 'failed' &&
        JSON.stringify([other.task, other.role, other.subject]) === key,
    );
  return failed.length + 1;
}
