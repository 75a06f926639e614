import type { MissionCommand } from '../commands/index.ts';
import type { DecisionContext } from '../context.ts';
import type { MissionEvent } from '../events/index.ts';
import type { Mission } from '../mission.state.ts';
import { refuse } from '../refusals.ts';
import { approvalDecisions } from './approval.decide.ts';
import { askDecisions } from './ask.decide.ts';
import { conclusionDecisions } from './conclude.decide.ts';
import { livenessDecisions } from './liveness.decide.ts';
import { lockDecisions } from './lock.decide.ts';
import { lockNegotiationDecisions } from './lock-negotiation.decide.ts';
import { missionDecisions } from './mission.decide.ts';
import { overlapDecisions } from './overlap.decide.ts';
import { proposalDecisions } from './proposal.decide.ts';
import { runDecisions } from './run.decide.ts';
import { scopingDecisions } from './scoping.decide.ts';
import { talkDecisions } from './talk.decide.ts';

export { judge } from './validation.decide.ts';

const decisions = {
  ...missionDecisions,
  ...scopingDecisions,
  ...proposalDecisions,
  ...approvalDecisions,
  ...runDecisions,
  ...conclusionDecisions,
  ...livenessDecisions,
  ...lockDecisions,
  ...lockNegotiationDecisions,
  ...overlapDecisions,
  ...askDecisions,
  ...talkDecisions,
} satisfies { [Type in MissionCommand['type']]: unknown };

/** What one command leads to, before its consequences; refuses with a `DomainError`. Nothing means it has happened already. */
export function decide(
  command: MissionCommand,
  mission: Mission,
  context: DecisionContext,
): readonly MissionEvent[] {
  // Whoever claims is an owner in a ledger: what services tell of it makes no mission, and none did that was told of already.
  if (mission.id === '' && command.type !== 'CreateMission') return refuse('MISSION_NOT_FOUND');
  const decision = decisions[command.type] as (
    data: unknown,
    mission: Mission,
    context: DecisionContext,
  ) => readonly MissionEvent[];
  return decision(command.data, mission, context);
}
