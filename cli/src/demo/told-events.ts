import { eventLine, eventTypeOf, publicNameOf, type CloudEvent } from '@missions/contracts';
import type { MissionEventType } from '@missions/mission';

/** Facts that are told as they happen; the others are part of something that is shown as a whole, or say nothing to a person. */
const told: ReadonlySet<MissionEventType> = new Set<MissionEventType>([
  'ScopingQuestionAsked',
  'ScopingQuestionAnswered',
  'ScopingRoundClosed',
  'ContractAssertionBaselined',
  'PlanProposalReturned',
  'PlanApproved',
  'RunClaimed',
  'RunReleased',
  'RunEnded',
  'HandoffSubmitted',
  'HandoffAccepted',
  'FeatureAdded',
  'FeatureReopened',
  'FeatureBlocked',
  'MilestoneStarted',
  'MilestoneValidationStarted',
  'MilestonePassed',
  'AssertionJudged',
  'FindingRaised',
  'FindingSettled',
  'LockGranted',
  'BroadcastPublished',
  'MissionBlocked',
  'MissionCompleted',
  'MissionFailed',
  'MissionCancelled',
]);

/** What an agent says is scripted in the demo; all other facts were measured or decided by the system. */
const said: ReadonlySet<MissionEventType> = new Set<MissionEventType>([
  'ScopingQuestionAsked',
  'ScopingRoundClosed',
  'RunClaimed',
  'HandoffSubmitted',
  'FindingSettled',
  'BroadcastPublished',
]);

export function factTypeOf(event: CloudEvent): MissionEventType | undefined {
  return eventTypeOf(publicNameOf(event));
}

/** The fact in one line for a person; undefined when it is not told. An ordinary end of a run goes without saying. */
export function toldLine(event: CloudEvent): string | undefined {
  const type = factTypeOf(event);
  if (type === undefined || !told.has(type)) return undefined;
  if (type === 'RunEnded' && (event.data as { state?: string }).state === 'handed_off') return undefined;
  const line = eventLine({ type, data: event.data });
  return said.has(type) ? `(scripted) ${line}` : line;
}
