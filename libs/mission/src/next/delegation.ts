import { claimedResources } from '../claimed-resources.ts';
import { fact, type MissionEvent } from '../events/index.ts';
import { drivingResources } from '../host-resources.ts';
import type { AheadClaim, FeatureState, Mission, RunState } from '../mission.state.ts';
import { madeAhead } from './ahead.ts';
import type { Checkpoint, Role, Subject, Task } from '../run.ts';

interface Order {
  readonly role: Role;
  readonly task: Task;
  readonly subject: Subject;
  readonly fromSha?: string;
  readonly checkpoint?: Checkpoint;
  /** Resources of other missions' interest; the run is claimable only when they are granted. */
  readonly resources?: readonly string[];
  /** The claim that was made for them before there was a run. */
  readonly ahead?: AheadClaim;
}

/** The order to run. Attempts count runs of the same task and subject, so that each has an id people can foresee. */
export function delegate(mission: Mission, order: Order): readonly MissionEvent[] {
  const runId = `${mission.id}-r${String(Object.keys(mission.runs).length + 1)}`;
  const { resources = [], ahead, ...rest } = order;
  return [
    fact('RunDelegated', {
      ...rest,
      runId,
      attempt: attemptOf(mission, order),
      broadcastVersions: broadcastsFor(mission, order),
    }),
    ...(resources.length > 0 ? [claimFor(runId, resources, ahead)] : []),
  ];
}

function claimFor(runId: string, resources: readonly string[], ahead: AheadClaim | undefined): MissionEvent {
  const claim = ahead ? { claimId: ahead.claimId, featureId: ahead.featureId } : { claimId: `${runId}/lock` };
  return fact('LockRequested', { ...claim, runId, resources: [...resources] });
}

function attemptOf(mission: Mission, { task, role, subject }: Order): number {
  const feature = subject.feature === undefined ? undefined : mission.features[subject.feature];
  if (task === 'build' && feature) return feature.attempts + 1;
  const key = JSON.stringify([task, role, subject]);
  return (
    Object.values(mission.runs).filter((run) => JSON.stringify([run.task, run.role, run.subject]) === key)
      .length + 1
  );
}

/** Versions of the broadcasts a run is given: those for its role or feature that no later one supersedes. */
function broadcastsFor(mission: Mission, { role, subject }: Order): number[] {
  const superseded = new Set(mission.broadcasts.flatMap(({ broadcast }) => broadcast.supersedes ?? []));
  return mission.broadcasts
    .filter(({ version, broadcast: { audience } }) => {
      if (superseded.has(version)) return false;
      if (audience === 'all') return true;
      return audience.includes(role) || (subject.feature !== undefined && audience.includes(subject.feature));
    })
    .map(({ version }) => version);
}

/** A build run starts from the mission's head, or on top of the work an earlier attempt left on its checkpoint. */
export function delegateBuild(mission: Mission, feature: FeatureState): readonly MissionEvent[] {
  const { definition, checkpoint } = feature;
  const resources = claimedResources(mission, definition);
  const ahead = madeAhead(mission, { featureId: definition.id, resources });
  return delegate(mission, {
    role: 'worker',
    task: 'build',
    subject: { feature: definition.id, milestone: definition.milestoneId, round: 1 },
    ...(mission.head && { fromSha: mission.head.sha }),
    ...(checkpoint && { checkpoint }),
    resources,
    ...(ahead && { ahead }),
  });
}

/** A run that gave back what it shares while the mission rested asks for it again, under a claim of its own. */
export function relock(mission: Mission, run: RunState): readonly MissionEvent[] {
  if (run.status === 'running' || run.lock) return [];
  const resources = resourcesOf(mission, run);
  if (resources.length === 0) return [];
  const claimId = `${run.id}/lock-${String(mission.version)}`;
  return [fact('LockRequested', { claimId, runId: run.id, resources: [...resources] })];
}

function resourcesOf(mission: Mission, { task, role, subject }: RunState): readonly string[] {
  if (task === 'validate' && role === 'user_testing')
    return drivingResources(mission, subject.milestone ?? '');
  const feature = task === 'build' ? mission.features[subject.feature ?? ''] : undefined;
  return feature ? claimedResources(mission, feature.definition) : [];
}
