import { DomainError, type RefusalEvidence } from '@missions/kernel';

/** Every way a mission refuses a command. The code is stable; the message says what to do about it. */
export const missionRefusals = {
  MISSION_EXISTS: 'A mission with this id exists already.',
  MISSION_NOT_FOUND: 'There is no such mission; `missions list` shows all.',
  MISSION_OVER: 'The mission has ended; nothing about it can be changed any more.',
  PERSON_REQUIRED: 'Only a person may do this; an agent or a service may not.',
  SERVICE_REQUIRED: 'Only a service of this system may do this.',
  NOT_PAUSABLE: 'Only a mission that is at work can be paused.',
  NOT_RESUMABLE: 'The mission is neither paused nor blocked.',
  APPROVAL_PENDING: 'An approval is waiting; decide it first: `missions approvals`.',
  UNKNOWN_QUESTION: 'There is no such open question; `missions questions` lists them.',
  QUESTION_CLOSED: 'The question has been settled already.',
  NOT_AWAITING_APPROVAL: 'No plan is waiting for approval.',
  STALE_APPROVAL: 'The plan has changed since it was read; read it again before approving.',
  UNKNOWN_APPROVAL: 'There is no such open approval; `missions approvals` lists them.',
  UNKNOWN_RUN: 'There is no such run.',
  RUN_NOT_CLAIMABLE: 'The run cannot be claimed now.',
  STALE_TOKEN: 'The run is held under a newer token; whatever was asked has no effect.',
  RUN_NOT_STALLED: 'The run was not told to stop for a stall.',
  ASK_REFUSED: 'This cannot be asked for.',
  UNKNOWN_OFFER: 'There is no such offer to choose.',
  LOCK_LOST: 'The lease of what the run shares was lost meanwhile; its result does not count.',
  WRONG_CONCLUSION: 'The run cannot end this way.',
  SPEND_ABOVE_SLICE: 'The run spent more than it was granted; ask for another slice first.',
  PROPOSAL_INVALID: 'The plan or its contract does not hold together.',
  BASELINE_INCOMPLETE: 'The baseline must say one result for each assertion.',
  EMPTY_HANDOFF: 'Success was claimed, but nothing was changed.',
  REPORT_INVALID: 'The validation report does not fit the contract.',
  SETTLEMENT_INVALID: 'The settlement does not settle every finding properly.',
  UNKNOWN_ASSERTION: 'There is no such assertion; `missions contract` lists them.',
  ALREADY_WAIVED: 'The assertion is waived already.',
  UNKNOWN_FEATURE: 'There is no such feature; `missions plan` lists them.',
  FEATURE_NOT_OPEN: 'The feature is not in a state in which this can be done.',
  BUDGET_NOT_RAISED: 'The new budget must be above the present one.',
  UNKNOWN_MESSAGE: 'There is no such message.',
  DUPLICATE_MESSAGE: 'A message with this id exists already.',
  DELTA_INVALID: 'The change to plan or contract does not hold together.',
} as const;

export type MissionRefusalCode = keyof typeof missionRefusals;

/** Refuses with the code's own sentence, what exactly was wrong, and the evidence as fields. */
export function refuse(code: MissionRefusalCode, detail = '', evidence: RefusalEvidence = {}): never {
  throw new DomainError(code, [missionRefusals[code], detail].filter(Boolean).join(' '), evidence);
}
