import type { Conclusion, ConclusionOf, MissionCommandData } from '../commands/index.ts';
import { isMoneyLimited } from '../budget/index.ts';
import type { DecisionContext } from '../context.ts';
import { fact, type MissionEvent, type MissionEventData } from '../events/index.ts';
import type { Mission, RunState } from '../mission.state.ts';
import { isOver } from '../queries.ts';
import { refuse } from '../refusals.ts';
import type { Task } from '../run.ts';
import { concludeHandedOff } from './build.decide.ts';
import { releasedLock, requireHeldRun, type Decisions } from './deciding.ts';
import { afterFailure, reopenOrBlock } from './failure.ts';
import { concludeBaselined, concludeProposed } from './proposal.decide.ts';
import { concludeAsked } from './scoping.decide.ts';
import { concludeReplied } from './talk.decide.ts';
import { concludeSettled } from './triage.decide.ts';
import { concludeValidated } from './validation.decide.ts';

type ConcludeRun = MissionCommandData<'ConcludeRun'>;

/** The one conclusion each task may come to, beside ending early. */
const conclusionOfTask: Partial<Record<Task, Conclusion['kind']>> = {
  scope: 'asked',
  plan: 'proposed',
  baseline: 'baselined',
  build: 'handed_off',
  validate: 'validated',
  triage: 'settled',
  converse: 'replied',
};

export const conclusionDecisions: Decisions<'ConcludeRun'> = {
  ConcludeRun: (data, mission, context) => {
    const run = requireHeldRun(mission, data);
    requireWithinSlice(data, run, mission);
    if (data.conclusion.kind === 'ended') return concludeEnded(data, run, mission, context);
    if (isOver(mission)) refuse('MISSION_OVER', '', { status: mission.status });
    if (run.stopOrdered === 'lock_lost') refuse('LOCK_LOST', '', { runId: run.id });
    if (conclusionOfTask[run.task] !== data.conclusion.kind)
      refuse('WRONG_CONCLUSION', `A ${run.task} run ends otherwise.`, {
        task: run.task,
        conclusion: data.conclusion.kind,
      });
    return concludeWithResult(data, run, mission, context);
  },
};

function requireWithinSlice({ usage }: ConcludeRun, run: RunState, mission: Mission): void {
  if (!isMoneyLimited(mission, run) || usage.costUsd <= run.sliceUsd) return;
  refuse('SPEND_ABOVE_SLICE', '', { runId: run.id, spentUsd: usage.costUsd, sliceUsd: run.sliceUsd });
}

function concludeWithResult(
  { conclusion, ...used }: ConcludeRun,
  run: RunState,
  mission: Mission,
  { at }: DecisionContext,
): readonly MissionEvent[] {
  const handedOff = fact('RunEnded', { runId: run.id, state: 'handed_off', ...usedBy(used), at });
  const released = releasedLock(run);
  switch (conclusion.kind) {
    case 'asked':
      return [...concludeAsked(conclusion, run, mission), handedOff, ...released];
    case 'proposed':
      return [...concludeProposed(conclusion, mission), handedOff, ...released];
    case 'baselined':
      return [...concludeBaselined(conclusion, mission), handedOff, ...released];
    case 'handed_off': {
      const { handoff, consequences } = concludeHandedOff(conclusion, run, mission);
      const { checkpoint } = conclusion;
      const ended = fact('RunEnded', { ...handedOff.data, ...(checkpoint && { checkpoint }) });
      return [...handoff, ended, ...releasedLock(run, changeFor(handoff, mission)), ...consequences];
    }
    case 'validated':
      return [...concludeValidated(conclusion, run, mission), handedOff, ...released];
    case 'settled':
      return [handedOff, ...released, ...concludeSettled(conclusion, run, mission)];
    case 'replied':
      return [...concludeReplied(conclusion, run, mission), handedOff, ...released];
    case 'ended':
      return [];
  }
}

/** Who shares its work lets the next holder of the same files know where it is. */
function changeFor(
  handoff: readonly MissionEvent[],
  { integration }: Mission,
): { readonly sha: string } | undefined {
  const accepted = handoff.find((event) => event.type === 'HandoffAccepted');
  return integration === 'shared' && accepted ? { sha: accepted.data.headSha } : undefined;
}

/** The run ended early: cancelled with its mission, interrupted by a message, or failed by a cause. */
function concludeEnded(
  data: ConcludeRun,
  run: RunState,
  mission: Mission,
  { at }: DecisionContext,
): readonly MissionEvent[] {
  const { state, cause, detail, checkpoint } = data.conclusion as ConclusionOf<'ended'>;
  const ended = fact('RunEnded', {
    runId: run.id,
    state: isOver(mission) ? 'cancelled' : endState(state),
    ...usedBy(data),
    at,
    ...(cause && { cause }),
    ...(detail !== undefined && { detail }),
    ...(checkpoint && { checkpoint }),
  });
  const events = [ended, ...releasedLock(run)];
  if (isOver(mission)) return events;
  if (state === 'failed')
    return [...events, ...afterFailure(run, mission, { cause: cause ?? 'crash', detail: detail ?? '' })];
  const feature = mission.features[run.subject.feature ?? ''];
  return feature && run.task === 'build'
    ? [...events, ...reopenOrBlock(feature, mission, { reason: state, forgive: true })]
    : events;
}

/** What the run used, with the parts that are told apart. */
function usedBy({ usage, own, models, helpers, lost }: Omit<ConcludeRun, 'conclusion'>): UsageParts {
  return {
    usage,
    ...(own && { own }),
    ...(models && { models }),
    ...(helpers && { helpers }),
    ...(lost && { lost }),
  };
}

type UsageParts = Pick<MissionEventData<'RunEnded'>, 'usage' | 'own' | 'models' | 'helpers' | 'lost'>;

function endState(state: ConclusionOf<'ended'>['state']): 'failed' | 'cancelled' | 'superseded' {
  return state === 'interrupted' ? 'superseded' : state;
}
