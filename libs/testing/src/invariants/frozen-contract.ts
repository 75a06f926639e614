import { approvalHash, type Mission, type MissionEventData } from '@missions/mission';
import type { LoggedEvent, LoggedMission } from './evidence.ts';
import type { Check } from './violation.ts';

/** I6: what was approved is what was proposed, by a person; later only an amendment or waiver that a person decided changes it. */
export const frozenContract: Check = ({ missions }) => missions.flatMap(ofMission);

function ofMission(mission: LoggedMission): readonly string[] {
  return mission.events.flatMap((event, index) => {
    const before = mission.states[index];
    const after = mission.states[index + 1];
    if (!before || !after) return [];
    const at = `${mission.id} at version ${String(event.version)}`;
    return [...problemsOf(event, before, mission), ...unexplained(event, before, after)].map(
      (problem) => `${at}: ${problem}`,
    );
  });
}

function problemsOf(event: LoggedEvent, before: Mission, { events }: LoggedMission): readonly string[] {
  switch (event.type) {
    case 'PlanApproved':
      return approvalProblems(event, before);
    case 'ContractAmended': {
      const { approvalId } = event.data as MissionEventData<'ContractAmended'>;
      return before.approvals[approvalId]?.decision?.decision === 'approved' &&
        decidedByPerson(events, approvalId)
        ? []
        : [`the contract was amended without a person's approval of ${approvalId}`];
    }
    case 'AssertionWaived':
      return event.actor.kind === 'person' ? [] : ['an assertion was waived, but not by a person'];
    case 'ContractAssertionProposed':
      return before.approvedHash === undefined ? [] : ['an assertion was proposed after the approval'];
    default:
      return [];
  }
}

function approvalProblems(
  event: LoggedEvent,
  { proposal, repository, ...before }: Mission,
): readonly string[] {
  const { hash, mode } = event.data as MissionEventData<'PlanApproved'>;
  const recomputed =
    proposal &&
    approvalHash({
      brief: proposal.brief,
      outline: proposal.outline,
      milestones: proposal.milestones,
      features: proposal.features,
      assertions: proposal.assertions,
      protected: proposal.protected,
      baseSha: repository?.baseSha ?? '',
    });
  const allowed = event.actor.kind === 'person' || before.acceptDefaults || before.autonomy === 'autonomous';
  return [
    ...(recomputed === hash ? [] : [`the approval names ${hash}, but the proposal is ${String(recomputed)}`]),
    ...(allowed ? [] : [`the plan was approved (${mode}) by ${event.actor.kind} ${event.actor.id}`]),
  ];
}

function decidedByPerson(events: readonly LoggedEvent[], approvalId: string): boolean {
  return events.some(
    ({ type, data, actor }) =>
      type === 'ApprovalDecided' &&
      (data as MissionEventData<'ApprovalDecided'>).approvalId === approvalId &&
      actor.kind === 'person',
  );
}

/** After the approval only these may touch what an assertion says. */
const mayChange: ReadonlySet<string> = new Set(['PlanApproved', 'ContractAmended']);

function unexplained({ type }: LoggedEvent, before: Mission, after: Mission): readonly string[] {
  if (before.approvedHash === undefined) return [];
  return Object.keys(before.assertions).flatMap((id) => {
    const then = before.assertions[id]?.definition;
    const now = after.assertions[id]?.definition;
    if (now === undefined) return [`${type} took ${id} out of the contract`];
    if (JSON.stringify(then) === JSON.stringify(now) || mayChange.has(type)) return [];
    return [`${type} changed ${id}`];
  });
}
