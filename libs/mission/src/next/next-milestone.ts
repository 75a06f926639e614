import { featureOutOfBudget } from '../budget/index.ts';
import { fact, type MissionEvent } from '../events/index.ts';
import { drivingResources } from '../host-resources.ts';
import type { AssertionState, MilestoneState, Mission } from '../mission.state.ts';
import { describeOpenFindings, waysOutOf } from '../open-findings.ts';
import {
  featuresOf,
  fixRoundsLeft,
  isDone,
  isSettledAt,
  lastMilestone,
  readyFeature,
  unsettledFindings,
} from '../queries.ts';
import { validatorOf } from '../validation-contract.ts';
import { delegate, delegateBuild } from './delegation.ts';
import { findingsOf } from './findings.ts';

/** The milestone at work: its features one after another, then validation, then negotiation over what was found. */
export function nextInMilestone(mission: Mission, milestone: MilestoneState): readonly MissionEvent[] {
  switch (milestone.status) {
    case 'pending':
      return [fact('MilestoneStarted', { milestoneId: milestone.definition.id })];
    case 'building':
      return nextFeature(mission, milestone);
    case 'validating':
      return nextValidation(mission, milestone);
    case 'triaging':
      return nextTriage(mission, milestone);
    case 'passed':
      return [];
  }
}

function nextFeature(mission: Mission, milestone: MilestoneState): readonly MissionEvent[] {
  const open = featuresOf(mission, milestone.definition.id).filter((feature) => !isDone(feature));
  if (open.length === 0) return [startValidation(mission, milestone, false)];
  const ready = readyFeature(mission, milestone.definition.id);
  if (ready) {
    const exceeded = featureOutOfBudget(mission, ready);
    return exceeded.length > 0 ? exceeded : delegateBuild(mission, ready);
  }
  const names = open.map(({ definition }) => definition.id).join(', ');
  return [
    fact('MissionBlocked', {
      cause: 'unknown',
      detail: `No feature of ${milestone.definition.id} can go on: ${names} are blocked or wait for one that is.`,
      needs: 'Retry or skip a feature: `missions feature retry|skip`.',
    }),
  ];
}

/** A round of validation at the mission's head; the final one is the engine's alone and proves everything. */
export function startValidation(mission: Mission, milestone: MilestoneState, final: boolean): MissionEvent {
  return fact('MilestoneValidationStarted', {
    milestoneId: milestone.definition.id,
    round: milestone.round + 1,
    targetSha: mission.head?.sha ?? '',
    assertionIds: [...(final ? unwaived(mission) : inScope(mission, milestone))],
    final,
  });
}

function unwaived(mission: Mission): readonly string[] {
  return Object.keys(mission.assertions).filter((id) => mission.assertions[id]?.waived === undefined);
}

/**
 * What the milestone's features fulfil, fixes among them, what failed in the round before, what its changes could have broken,
 * and at the end what the whole mission owes.
 */
function inScope(mission: Mission, milestone: MilestoneState): readonly string[] {
  const features = featuresOf(mission, milestone.definition.id);
  const deferred = rescopedFrom(mission, milestone);
  const failed = milestone.inScope.filter((id) => mission.assertions[id]?.history.at(-1)?.verdict !== 'pass');
  const touched = new Set(features.flatMap(({ filesChanged }) => filesChanged));
  const isLast = lastMilestone(mission)?.definition.id === milestone.definition.id;
  const own = new Set([...features.flatMap(({ definition }) => definition.fulfils), ...failed]);
  const earlier = new Set(
    Object.values(mission.features)
      .filter(
        ({ status, filesChanged }) => status === 'accepted' && filesChanged.some((path) => touched.has(path)),
      )
      .flatMap(({ definition }) => definition.fulfils),
  );
  return unwaived(mission).filter(
    (id) =>
      !deferred.has(id) &&
      (own.has(id) || earlier.has(id) || (isLast && mission.assertions[id]?.definition.scope === 'mission')),
  );
}

/** Assertions of findings that triage moved to features of later milestones, as long as these are to be built. */
function rescopedFrom(mission: Mission, milestone: MilestoneState): ReadonlySet<string> {
  const order = Object.keys(mission.milestones);
  const here = order.indexOf(milestone.definition.id);
  return new Set(
    Object.values(mission.features)
      .filter((feature) => !isDone(feature) && order.indexOf(feature.definition.milestoneId) > here)
      .flatMap(({ definition }) => definition.sourceFindingIds)
      .flatMap((id) => mission.findings[id] ?? [])
      .filter(({ settled }) => settled?.choice === 'rescope')
      .flatMap(({ finding }) => finding.assertionIds),
  );
}

function nextValidation(mission: Mission, milestone: MilestoneState): readonly MissionEvent[] {
  const milestoneId = milestone.definition.id;
  const subject = { milestone: milestoneId, round: milestone.round };
  const fromSha = milestone.targetSha ?? '';
  if (milestone.final) {
    if (!milestone.reported.includes('engine'))
      return delegate(mission, {
        role: 'scrutiny',
        task: 'validate',
        subject: { ...subject, final: true },
        fromSha,
      });
    return conclude(mission, milestone);
  }
  if (!milestone.reported.includes('scrutiny'))
    return delegate(mission, { role: 'scrutiny', task: 'validate', subject, fromSha });
  const driven = milestone.inScope.some((id) => {
    const assertion = mission.assertions[id];
    return assertion && validatorOf(assertion.definition) === 'user_testing';
  });
  if (driven && !milestone.reported.includes('user_testing'))
    return delegate(mission, {
      role: 'user_testing',
      task: 'validate',
      subject,
      fromSha,
      resources: drivingResources(mission, milestoneId),
    });
  return conclude(mission, milestone);
}

function conclude(mission: Mission, milestone: MilestoneState): readonly MissionEvent[] {
  // An assertion that was amended while the validators worked has yet to be proven: that is nobody's failure.
  if (milestone.inScope.some((id) => isUnjudged(mission.assertions[id], milestone)))
    return [startValidation(mission, milestone, milestone.final)];
  const raised = findingsOf(mission, milestone);
  if (raised.length > 0) return raised;
  const unsettled = unsettledFindings(mission, milestone.definition.id);
  return unsettled.length > 0 ? settle(mission, milestone) : [passed(milestone)];
}

function isUnjudged(assertion: AssertionState | undefined, { targetSha }: MilestoneState): boolean {
  return assertion !== undefined && !assertion.waived && assertion.history.at(-1)?.targetSha !== targetSha;
}

function passed(milestone: MilestoneState): MissionEvent {
  return fact('MilestonePassed', {
    milestoneId: milestone.definition.id,
    round: milestone.round,
    headSha: milestone.targetSha ?? '',
  });
}

function nextTriage(mission: Mission, milestone: MilestoneState): readonly MissionEvent[] {
  const open = unsettledFindings(mission, milestone.definition.id);
  if (open.length > 0) return settle(mission, milestone);
  const deferred = rescopedFrom(mission, milestone);
  const holds = milestone.inScope.every((id) => {
    const assertion = mission.assertions[id];
    if (!milestone.final && deferred.has(id)) return true;
    return assertion !== undefined && isSettledAt(assertion, milestone.targetSha);
  });
  if (holds && milestone.targetSha === mission.head?.sha) return [passed(milestone)];
  return [startValidation(mission, milestone, milestone.final)];
}

/** Open findings are negotiated over, as long as there are rounds of fixes left. */
function settle(mission: Mission, milestone: MilestoneState): readonly MissionEvent[] {
  if (mission.autonomy === 'report_only')
    return [fixLimit(mission, milestone, 'Nothing is fixed in a report_only mission.')];
  if (fixRoundsLeft(mission, milestone) <= 0)
    return [fixLimit(mission, milestone, `${counted(milestone.fixRounds, 'round')} of fixes did not help.`)];
  return delegate(mission, {
    role: 'orchestrator',
    task: 'triage',
    subject: { milestone: milestone.definition.id, round: milestone.round },
    ...(mission.head && { fromSha: mission.head.sha }),
  });
}

function fixLimit(mission: Mission, milestone: MilestoneState, why: string): MissionEvent {
  const { id } = milestone.definition;
  const open = unsettledFindings(mission, id).length;
  const left = `${why} ${id} still has ${open === 1 ? 'one open finding' : `${String(open)} open findings`}.`;
  return fact('MissionBlocked', {
    cause: 'fix_limit',
    detail: `${left}\n${describeOpenFindings(mission, id)}`.slice(0, 4000),
    needs: waysOutOf(mission, id),
  });
}

function counted(number: number, what: string): string {
  return number === 1 ? `One ${what}` : `${String(number)} ${what}s`;
}
