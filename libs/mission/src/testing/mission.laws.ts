import { isDeepStrictEqual } from 'node:util';
import type { MissionCommand } from '../commands/index.ts';
import { missionEventSchemas, type MissionEvent } from '../events/index.ts';
import { evolve } from '../evolve/index.ts';
import type { Mission, RunState } from '../mission.state.ts';
import {
  claimableRun,
  isDone,
  isOver,
  isSettledAt,
  openApprovals,
  openQuestions,
  openRun,
} from '../queries.ts';
import type { BaselineRecord, ProofRecord } from '../validation-report.ts';
import type { Moment } from './random-world.ts';

/** Sums of money are sums of floating numbers; a millionth of a cent is no breach. */
const tolerance = 1e-8;

/** What holds of every reachable mission; an empty list says that all of it does. */
export function brokenLaws({ asked, before, after, events, refusedWith }: Moment): readonly string[] {
  const broken: string[] = [];
  if (asked.mustRefuse && !asked.mustRefuse.includes(refusedWith ?? 'accepted'))
    broken.push(`${asked.command.type} had to be refused with ${asked.mustRefuse.join('/')}`);
  let state = before;
  for (const event of events) {
    const following = evolve(state, event);
    broken.push(...lawsOfFact(state, event, following), ...isMeasured(asked.command, state, event));
    state = following;
  }
  if (state.version !== after.version) broken.push('the facts are not what the mission counted');
  broken.push(...isPlainJson(before, after));
  if (events.length > 0) broken.push(...aheadIsForWhatComesNext(after), ...endedHoldsNothing(after));
  if (events.length > 0 && !isExplained(after)) broken.push(`nothing says why it waits: ${describe(after)}`);
  return broken;
}

function lawsOfFact(before: Mission, event: MissionEvent, after: Mission): readonly string[] {
  const named = (broken: readonly string[]): readonly string[] =>
    broken.map((law) => `${event.type}: ${law}`);
  return named([
    ...fitsItsSchema(event),
    ...oneEffectiveRun(after),
    ...tokensRise(before, event, after),
    ...contractHolds(before, event, after),
    ...spendIsCovered(after),
    ...smallerLimitsHold(after),
    ...restIsRest(before, event),
    ...fixesAreCapped(after),
    ...completionIsHonest(event, after),
    ...measuredIsSettled(before, event),
    ...(after.version === before.version + 1 ? [] : ['a fact counts once']),
    ...((after.status === 'blocked') !== (after.block !== undefined) && after.status !== 'paused'
      ? [`${after.status} with${after.block ? '' : 'out'} a block`]
      : []),
  ]);
}

function fitsItsSchema({ type, data }: MissionEvent): readonly string[] {
  const checked = missionEventSchemas[type].safeParse(data);
  return checked.success ? [] : [`does not fit its schema: ${checked.error.message}`];
}

/** I4: at most one effective run, and it is the open one. */
function oneEffectiveRun(mission: Mission): readonly string[] {
  const effective = Object.values(mission.runs).filter(({ endedAt }) => endedAt === undefined);
  if (effective.length > 1) return [`${String(effective.length)} runs are effective at once`];
  return effective[0]?.id === mission.openRun ? [] : ['the effective run is not the open one'];
}

/** Beside the run at work nothing is claimed but what the next feature shares, and that only while there is such a run. */
function aheadIsForWhatComesNext(mission: Mission): readonly string[] {
  const { ahead } = mission;
  if (!ahead) return [];
  const run = openRun(mission);
  const feature = mission.features[ahead.featureId];
  return [
    ...(mission.status === 'running' ? [] : [`claims ahead while ${mission.status}`]),
    ...(run?.task === 'build' && run.lock?.granted !== false ? [] : ['claims ahead of nothing that works']),
    ...(run?.subject.feature === ahead.featureId ? ['claims twice for one feature'] : []),
    ...(feature && !isDone(feature) ? [] : [`claims ahead for ${ahead.featureId}, which is not to be built`]),
    ...(Object.values(mission.runs).some(({ lock }) => lock?.claimId === ahead.claimId)
      ? ['a claim has two who have it']
      : []),
  ];
}

/** Whatever a run claimed is given back with it, also what its agent asked for. */
function endedHoldsNothing({ runs }: Mission): readonly string[] {
  return Object.values(runs)
    .filter(({ endedAt }) => endedAt !== undefined)
    .filter(({ lock, asks = [] }) => lock !== undefined || asks.some(({ refused }) => !refused))
    .map(({ id }) => `${id} has ended and still claims something`);
}

function tokensRise(before: Mission, event: MissionEvent, after: Mission): readonly string[] {
  const highest = (runs: readonly RunState[]): number => Math.max(0, ...runs.map(({ token }) => token));
  if (event.type !== 'RunClaimed') return [];
  const token = after.runs[event.data.runId]?.token ?? 0;
  return token > highest(Object.values(before.runs)) && token === after.version
    ? []
    : ['a token did not rise'];
}

/** I6: no assertion disappears or changes after approval, but by an amendment. */
function contractHolds(before: Mission, event: MissionEvent, after: Mission): readonly string[] {
  if (before.approvedHash === undefined) return [];
  if (event.type === 'PlanApproved') return ['a plan was approved twice'];
  return Object.entries(before.assertions).flatMap(([id, { definition }]) => {
    const present = after.assertions[id]?.definition;
    if (present === undefined) return [`${id} disappeared from the contract`];
    return event.type === 'ContractAmended' || isDeepStrictEqual(present, definition)
      ? []
      : [`${id} changed without an amendment`];
  });
}

/** I7: what is spent and what is promised never exceed the budget. */
function spendIsCovered({ budget, runs }: Mission): readonly string[] {
  if (budget.maxCostUsd === undefined) return [];
  const promised = Object.values(runs).reduce((sum, { sliceUsd }) => sum + sliceUsd, 0);
  return budget.settledUsd + promised <= budget.maxCostUsd + tolerance
    ? []
    : [`$${String(budget.settledUsd)} spent and $${String(promised)} promised exceed the budget`];
}

/** The limits of a feature and of a run hold as the mission's own do, whatever else is promised. */
function smallerLimitsHold({ budget, runs, features }: Mission): readonly string[] {
  const { maxCostUsdPerFeature = Infinity, maxCostUsdPerRun = Infinity } = budget;
  return [
    ...Object.values(runs)
      .filter(({ sliceUsd, usage }) => Math.max(sliceUsd, usage?.costUsd ?? 0) > maxCostUsdPerRun + tolerance)
      .map(({ id }) => `${id} may spend more than one run may`),
    ...Object.values(features)
      .filter(({ charged }) => (charged?.costUsd ?? 0) > maxCostUsdPerFeature + tolerance)
      .map(({ definition }) => `${definition.id} is charged more than one feature may cost`),
  ];
}

/** I14: nothing starts while a person wants rest, or after the end. */
function restIsRest(before: Mission, { type }: MissionEvent): readonly string[] {
  const starts = type === 'RunDelegated' || type === 'RunClaimed' || type === 'BudgetSliceGranted';
  if (starts && before.status === 'paused' && type !== 'BudgetSliceGranted') return ['started while paused'];
  const allowed = ['RunEnded', 'RunReleased', 'LockReleased', 'MessageDelivered', 'LockGranted'];
  return isOver(before) && !allowed.includes(type) ? [`happened after the mission was ${before.status}`] : [];
}

function fixesAreCapped(mission: Mission): readonly string[] {
  return Object.values(mission.milestones).flatMap(({ definition, fixRounds, fixRoundsGranted }) => {
    const cap = definition.maxFixRounds ?? mission.limits.fixRoundsPerMilestone;
    return fixRounds <= cap + fixRoundsGranted ? [] : [`${definition.id} has more fix rounds than it may`];
  });
}

/** I13: only the engine's own proof turns an assertion green, and only captured work moves the head. */
function isMeasured(command: MissionCommand, before: Mission, event: MissionEvent): readonly string[] {
  const conclusion = command.type === 'ConcludeRun' ? command.data.conclusion : undefined;
  if (event.type === 'AssertionJudged' && event.data.verdict === 'pass') {
    const { assertionId, targetSha } = event.data;
    const proofs = conclusion?.kind === 'validated' ? conclusion.proofs : [];
    const own = proofs.find((proof) => proof.assertionId === assertionId && proof.targetSha === targetSha);
    const baselines = conclusion?.kind === 'validated' ? (conclusion.baselines ?? []) : [];
    return own?.verdict === 'pass' ? isBelieved(own, before, baselines) : [`${assertionId} passes unproven`];
  }
  if (event.type !== 'HandoffAccepted' || conclusion?.kind !== 'handed_off') return [];
  const { baseSha, headSha, filesChanged } = conclusion.captured;
  const mayBeEmpty = before.features[event.data.featureId]?.definition.mayBeEmpty === true;
  const empty = filesChanged.length === 0 || headSha === baseSha;
  return baseSha === before.head?.sha && (mayBeEmpty || !empty) ? [] : ['the head moved without work'];
}

/** Red before green, evidence, one word at one commit, and a broken product that was noticed. */
function isBelieved(
  { assertionId, evidence, again = [], control }: ProofRecord,
  { assertions }: Mission,
  baselines: readonly BaselineRecord[],
): readonly string[] {
  const state = assertions[assertionId];
  const red = baselines.find((baseline) => baseline.assertionId === assertionId)?.result ?? state?.baseline;
  const wanted = state?.definition.type === 'non_regression' ? 'already_passes' : 'fails_as_expected';
  const mustCatch = typeof state?.definition.negativeControl === 'object';
  return [
    ...(red === wanted ? [] : [`${assertionId} passes, but on the base it ${String(red)}`]),
    ...(evidence.length > 0 ? [] : [`${assertionId} passes without evidence`]),
    ...(again.every((verdict) => verdict === 'pass') ? [] : [`${assertionId} passes now and then`]),
    ...((control?.outcome ?? (mustCatch ? state.control : 'caught')) === 'caught'
      ? []
      : [`${assertionId} passes also without the product`]),
  ];
}

/** What the engine measured is not talked away: no agent lets a blocker of it stand. */
function measuredIsSettled(before: Mission, event: MissionEvent): readonly string[] {
  if (event.type !== 'FindingSettled') return [];
  const { source, finding } = before.findings[event.data.findingId] ?? {};
  const away = ['dismiss', 'follow_up'].includes(event.data.choice);
  const measured = source === 'failed_verdict' || (source === 'engine' && finding?.severity === 'blocker');
  return away && measured ? [`${event.data.findingId} was talked away`] : [];
}

/** I8 and I13, at the moment a mission is called completed. */
function completionIsHonest(event: MissionEvent, mission: Mission): readonly string[] {
  if (event.type !== 'MissionCompleted') return [];
  const { headSha } = event.data;
  const open = Object.values(mission.assertions).filter((state) => !isSettledAt(state, headSha));
  const undone = Object.values(mission.features).filter((feature) => !isDone(feature));
  const unsettled = Object.values(mission.findings).filter(({ settled }) => settled === undefined);
  return [
    ...open.map(({ definition }) => `${definition.id} is not proven`),
    ...undone.map(({ definition, status }) => `${definition.id} is ${status}`),
    ...unsettled.map(({ id }) => `${id} was dropped`),
    ...openApprovals(mission).map(({ id }) => `${id} is open`),
    ...(headSha === mission.repository?.baseSha ? ['no commit was made'] : []),
    ...(mission.usage.turns === 0 ? ['no agent took a turn'] : []),
  ];
}

/** A mission is the same after a journey through JSON; only what changed is looked at. */
function isPlainJson(before: Mission, after: Mission): readonly string[] {
  const changed = Object.entries(after).filter(([key, value]) => before[key as keyof Mission] !== value);
  const parts = changed.flatMap(([key, value]) => {
    const old: unknown = before[key as keyof Mission];
    if (!isRecord(value) || !isRecord(old)) return [[key, value] as const];
    return Object.entries(value).filter(([id, entry]) => old[id] !== entry);
  });
  return parts
    .filter(
      ([, value]) => value === undefined || !isDeepStrictEqual(value, JSON.parse(JSON.stringify(value))),
    )
    .map(([key]) => `${key} is not plain JSON`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** I8: a mission that has not ended is being worked on, waits for a claim or a lock, or says what it waits for. */
export function isExplained(mission: Mission): boolean {
  if (isOver(mission) || mission.status === 'paused') return true;
  const run = openRun(mission);
  if (mission.status === 'blocked') return mission.block !== undefined && mission.block.needs !== '';
  if (run?.status === 'running' || claimableRun(mission)) return true;
  if (run) return run.lock?.granted === false;
  if (mission.status === 'awaiting_approval')
    return (
      mission.proposal?.stage === 'baselined' && openApprovals(mission).some(({ kind }) => kind === 'plan')
    );
  return mission.status === 'scoping' && openQuestions(mission).length > 0;
}

export function describe(mission: Mission): string {
  const { status, resumesTo, block, proposal } = mission;
  const milestones = Object.values(mission.milestones).map(({ definition, status: at }) => [
    definition.id,
    at,
  ]);
  const features = Object.values(mission.features).map(({ definition, status: at }) => [definition.id, at]);
  const run = openRun(mission);
  return JSON.stringify({ status, resumesTo, block, stage: proposal?.stage, run, milestones, features });
}
