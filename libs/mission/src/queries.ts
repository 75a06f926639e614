import type {
  ApprovalState,
  AssertionState,
  FeatureState,
  FindingState,
  MessageState,
  MilestoneState,
  Mission,
  QuestionState,
  RunState,
} from './mission.state.ts';
import { numberedId } from './ids.ts';
import type { WaitingFor } from './waiting.ts';

export function isOver(mission: Mission): boolean {
  return mission.status === 'completed' || mission.status === 'failed' || mission.status === 'cancelled';
}

export function openRun(mission: Mission): RunState | undefined {
  return mission.openRun === undefined ? undefined : mission.runs[mission.openRun];
}

/** What the run of a feature, or a run of its own, is known to wait for. */
export function knownWait(mission: Mission, { subject, lock }: RunState): WaitingFor | undefined {
  const feature = mission.features[subject.feature ?? ''];
  return feature ? feature.waitingFor : lock?.waitingFor;
}

/** Since when it is known to wait, also under claims that it gave back to let others through. */
export function waitsSince(mission: Mission, run: RunState): string | undefined {
  return knownWait(mission, run)?.sinceAt ?? run.waitsSinceAt;
}

/** Questions that must be settled before planning can go on. */
export function openQuestions(mission: Mission): readonly QuestionState[] {
  return Object.values(mission.scoping.questions).filter(
    ({ question, answer, assumption }) =>
      question.blocking && answer === undefined && assumption === undefined,
  );
}

export function openApprovals(mission: Mission): readonly ApprovalState[] {
  return Object.values(mission.approvals).filter(({ decision }) => decision === undefined);
}

/** Messages that no run has taken in: undelivered ones, and those whose run ended without an answer or a result. */
export function pendingMessages(mission: Mission): readonly MessageState[] {
  return Object.values(mission.messages).filter(({ deliveredTo, answeredBy }) => {
    if (answeredBy !== undefined) return false;
    if (deliveredTo === undefined) return true;
    const run = mission.runs[deliveredTo];
    return run?.endedAt !== undefined && (run.task === 'converse' || run.status !== 'handed_off');
  });
}

/** What is not yet promised to anyone; undefined means there is no limit. */
export function budgetLeftUsd(mission: Mission): number | undefined {
  const { maxCostUsd, settledUsd } = mission.budget;
  if (maxCostUsd === undefined) return undefined;
  const open = Object.values(mission.runs).reduce((sum, run) => sum + run.sliceUsd, 0);
  return maxCostUsd - settledUsd - open;
}

export function currentMilestone(mission: Mission): MilestoneState | undefined {
  return Object.values(mission.milestones).find(({ status }) => status !== 'passed');
}

export function lastMilestone(mission: Mission): MilestoneState | undefined {
  return Object.values(mission.milestones).at(-1);
}

export function featuresOf(mission: Mission, milestoneId: string): readonly FeatureState[] {
  return Object.values(mission.features)
    .filter(({ definition }) => definition.milestoneId === milestoneId)
    .sort((left, right) => left.definition.order - right.definition.order);
}

/** The feature of a milestone to be built next; `done` stands for one that is taken as accepted. */
export function readyFeature(mission: Mission, milestoneId: string, done?: string): FeatureState | undefined {
  const isBuilt = (id: string): boolean => {
    const status = mission.features[id]?.status;
    return id === done || status === 'accepted' || status === 'skipped';
  };
  return featuresOf(mission, milestoneId).find(
    (feature) =>
      !isDone(feature) &&
      feature.status !== 'blocked' &&
      feature.definition.id !== done &&
      feature.definition.dependsOn.every(isBuilt),
  );
}

export function isDone(feature: FeatureState): boolean {
  return feature.status === 'accepted' || feature.status === 'skipped' || feature.status === 'cancelled';
}

/** Attempts a feature may still make before it is blocked. */
export function attemptsLeft(mission: Mission, feature: FeatureState): number {
  const allowed =
    feature.definition.retryBudget === undefined
      ? mission.limits.attemptsPerRun
      : feature.definition.retryBudget + 1;
  return allowed - (feature.attempts - feature.attemptsForgiven);
}

export function unsettledFindings(mission: Mission, milestoneId: string): readonly FindingState[] {
  return Object.values(mission.findings).filter(
    (finding) => finding.milestoneId === milestoneId && finding.settled === undefined,
  );
}

/** Proven at exactly this commit, or waived by a person. */
export function isSettledAt(assertion: AssertionState, sha: string | undefined): boolean {
  if (assertion.waived) return true;
  return assertion.verdict === 'pass' && sha !== undefined && assertion.targetSha === sha;
}

export function fixRoundsLeft(mission: Mission, milestone: MilestoneState): number {
  const cap = milestone.definition.maxFixRounds ?? mission.limits.fixRoundsPerMilestone;
  return cap + milestone.fixRoundsGranted - milestone.fixRounds;
}

/** Fixes that may still be charged to a root feature. */
export function fixesLeft(
  mission: Mission,
  { definition, fixesCharged, fixesForgiven = 0 }: FeatureState,
): number {
  const allowed = definition.retryBudget ?? mission.limits.fixRoundsPerMilestone;
  return allowed + fixesForgiven - fixesCharged;
}

export function nextFeatureId(mission: Mission, offset = 0): string {
  const numbers = Object.keys(mission.features).map((id) => Number(id.slice(2)));
  return numberedId('F-', Math.max(0, ...numbers) + 1 + offset);
}

export function nextFindingId(mission: Mission, offset = 0): string {
  return `FIND-${String(Object.keys(mission.findings).length + 1 + offset)}`;
}

export function nextApprovalId(mission: Mission, offset = 0): string {
  return `APR-${String(Object.keys(mission.approvals).length + 1 + offset)}`;
}

/** The feature a fix of this one is charged to. */
export function rootFeatureId(mission: Mission, featureId: string): string {
  return mission.features[featureId]?.definition.rootFeatureId ?? featureId;
}

/** Why the mission waits for a person, or undefined when it does not. */
export function needsYou(mission: Mission): 'question' | 'approval' | 'blocked' | 'paused' | undefined {
  if (mission.status === 'paused') return 'paused';
  if (mission.status === 'blocked') return 'blocked';
  if (mission.status === 'awaiting_approval') return 'approval';
  if (mission.status === 'scoping' && openQuestions(mission).length > 0 && !mission.openRun)
    return 'question';
  return undefined;
}

/** The run a replica may claim now, if any. While a mission is blocked it talks, but it does not work. */
export function claimableRun(mission: Mission): RunState | undefined {
  if (mission.status === 'paused' || isOver(mission)) return undefined;
  const run = openRun(mission);
  if (!run || run.status === 'running') return undefined;
  if (mission.status === 'blocked' && run.task !== 'converse') return undefined;
  if (run.lock && !run.lock.granted) return undefined;
  return run;
}

export type WantedState = 'go' | 'pause' | 'hand_over' | 'stop_cancel' | 'stop_interrupt' | 'stop_stall';

/** What the holder of the open run should do; it reads this with every renewal. */
export function wantedState(mission: Mission): WantedState {
  if (isOver(mission)) return 'stop_cancel';
  const ordered = openRun(mission)?.stopOrdered;
  if (ordered === 'stall') return 'stop_stall';
  if (ordered === 'lock_lost') return 'stop_interrupt';
  if (mission.status === 'paused') return 'pause';
  if (mission.block?.cause === 'budget' && openRun(mission)?.task !== 'converse') return 'pause';
  const interrupting = Object.values(mission.messages).some(
    ({ interrupt, deliveredTo, answeredBy }) =>
      interrupt && deliveredTo === undefined && answeredBy === undefined,
  );
  if (interrupting && openRun(mission)?.task !== 'converse') return 'stop_interrupt';
  return ordered === 'hand_over' ? 'hand_over' : 'go';
}
