import { confirmingExecutions } from '../counted-verdict.ts';
import type { MissionEventData } from '../events/index.ts';
import type { AssertionVerdict, Mission } from '../mission.state.ts';
import { changed, without } from './fields.ts';
import type { Evolvers } from './mission.evolve.ts';

export const validationEvolvers: Evolvers<
  | 'MilestoneValidationStarted'
  | 'MilestoneReportReceived'
  | 'AssertionJudged'
  | 'AssertionWaived'
  | 'MilestonePassed'
  | 'FindingRaised'
  | 'FindingSettled'
  | 'NegotiationSettled'
  | 'BroadcastPublished'
  | 'MessageReceived'
  | 'MessageDelivered'
  | 'MessageAnswered'
> = {
  MilestoneValidationStarted: (mission, data) => ({
    ...mission,
    milestones: changed(mission.milestones, data.milestoneId, (state) => ({
      ...without(state, 'passedSha'),
      status: 'validating',
      round: data.round,
      targetSha: data.targetSha,
      inScope: data.assertionIds,
      reported: [],
      findings: [],
      engineFindings: [],
      handoffsFrom: state.handoffsTo,
      handoffsTo: mission.handoffs.length,
      final: data.final,
    })),
  }),
  MilestoneReportReceived: (mission, { milestoneId, validator, findings, engineFindings = [] }) => ({
    ...mission,
    milestones: changed(mission.milestones, milestoneId, (state) => ({
      ...state,
      reported: [...state.reported, validator],
      findings: [...state.findings, ...findings],
      engineFindings: [...state.engineFindings, ...engineFindings],
    })),
  }),
  AssertionJudged: (mission, data) => judged(mission, data),
  AssertionWaived: (mission, { assertionId, by, reason, at }) => ({
    ...mission,
    assertions: changed(mission.assertions, assertionId, (state) => ({
      ...state,
      waived: { by, reason, at },
    })),
  }),
  MilestonePassed: (mission, { milestoneId, headSha }) => ({
    ...mission,
    milestones: changed(mission.milestones, milestoneId, (state) => ({
      ...state,
      status: 'passed',
      passedSha: headSha,
    })),
  }),
  FindingRaised: (mission, { findingId, milestoneId, round, source, finding }) => ({
    ...mission,
    findings: {
      ...mission.findings,
      [findingId]: { id: findingId, milestoneId, round, source, finding },
    },
    milestones: changed(mission.milestones, milestoneId, (state) => ({ ...state, status: 'triaging' })),
  }),
  FindingSettled: (mission, { findingId, choice, justification, decidedBy }) => ({
    ...mission,
    findings: changed(mission.findings, findingId, (state) => ({
      ...state,
      settled: { choice, justification, decidedBy },
    })),
  }),
  NegotiationSettled: (mission, { milestoneId, outcome }) => ({
    ...mission,
    milestones: changed(mission.milestones, milestoneId, (state) => ({
      ...state,
      fixRounds: outcome === 'continue' ? state.fixRounds : state.fixRounds + 1,
    })),
  }),
  BroadcastPublished: (mission, { version, by, broadcast, overlap }) => ({
    ...mission,
    broadcasts: [...mission.broadcasts, { version, by, broadcast, ...(overlap && { overlap }) }],
  }),
  MessageReceived: (mission, { messageId, text, interrupt, by, at }) => ({
    ...mission,
    messages: { ...mission.messages, [messageId]: { id: messageId, text, interrupt, by, at } },
  }),
  MessageDelivered: (mission, { messageId, runId, turn }) => ({
    ...mission,
    messages: changed(mission.messages, messageId, (state) => ({
      ...state,
      deliveredTo: runId,
      deliveredTurn: turn,
    })),
  }),
  MessageAnswered: (mission, { messageIds, runId, text }) => ({
    ...mission,
    messages: messageIds.reduce(
      (messages, id) => changed(messages, id, (state) => ({ ...state, answeredBy: runId, answer: text })),
      mission.messages,
    ),
  }),
};

function judged(mission: Mission, data: MissionEventData<'AssertionJudged'>): Mission {
  const entry: AssertionVerdict = {
    verdict: data.verdict,
    targetSha: data.targetSha,
    milestoneId: data.milestoneId,
    round: data.round,
    runId: data.runId,
    observed: data.observed,
    expected: data.expected,
    evidence: data.evidence,
    reproSteps: data.reproSteps,
    ...(data.loweredFrom && { loweredFrom: data.loweredFrom }),
    ...(data.doubt && { doubt: data.doubt }),
  };
  return {
    ...mission,
    assertions: changed(mission.assertions, data.assertionId, (state) => ({
      ...(isSteady(data) ? without(state, 'flaky') : state),
      ...(data.doubt === 'flaky' && { flaky: true }),
      ...(data.control && { control: data.control }),
      verdict: data.verdict,
      targetSha: data.targetSha,
      history: [...state.history, entry],
    })),
  };
}

/** Executed often enough in a row with one and the same verdict to be believed again. */
function isSteady(data: MissionEventData<'AssertionJudged'>): boolean {
  const { doubt, verdict, loweredFrom = verdict, executions = 1 } = data;
  const decided = loweredFrom === 'pass' || loweredFrom === 'fail';
  return decided && doubt !== 'flaky' && executions > confirmingExecutions;
}
