import type { ConclusionOf } from '../commands/index.ts';
import { fact, type MissionEvent } from '../events/index.ts';
import type { Mission, RunState } from '../mission.state.ts';
import { refuse } from '../refusals.ts';
import { youDecide, type Question } from '../scoping.ts';
import { requireOngoing, requirePerson, type Decisions } from './deciding.ts';

export const scopingDecisions: Decisions<'AnswerQuestion'> = {
  AnswerQuestion: ({ questionId, value }, mission, context) => {
    const by = requirePerson(context);
    requireOngoing(mission);
    const state = mission.scoping.questions[questionId];
    if (!state)
      return refuse('UNKNOWN_QUESTION', '', { questionId, open: Object.keys(mission.scoping.questions) });
    if (state.answer?.value === value) return [];
    if (state.answer ?? state.assumption ?? mission.proposal) refuse('QUESTION_CLOSED', '', { questionId });
    return value === youDecide
      ? [assume(state.question, state.question.default ?? 'the orchestrator decides')]
      : [fact('ScopingQuestionAnswered', { questionId, value, by, at: context.at })];
  },
};

/** A scope run has asked. With nothing blocking left, or no round left, what is open becomes an assumption. */
export function concludeAsked(
  { questions, brief }: ConclusionOf<'asked'>,
  run: RunState,
  mission: Mission,
): readonly MissionEvent[] {
  const round = run.subject.round;
  const fresh = questions.filter(({ id }) => mission.scoping.questions[id] === undefined);
  const lastRound = round >= mission.limits.scopingRounds;
  const assumed = fresh.filter(({ blocking }) => !blocking || mission.acceptDefaults || lastRound);
  const ready = assumed.length === fresh.length;
  return [
    ...fresh.map((question) => fact('ScopingQuestionAsked', { round, question })),
    ...assumed.map((question) => assume(question, question.default ?? 'the orchestrator decides')),
    fact('ScopingRoundClosed', { round, ready, ...(brief && { brief }) }),
  ];
}

function assume(question: Question, value: string): MissionEvent {
  return fact('ScopingAssumptionMade', {
    questionId: question.id,
    assumption: {
      id: `ASM-${question.id}`,
      text: `${question.text} — assumed: ${value}`.slice(0, 8000),
      risk: question.why.slice(0, 2000),
    },
  });
}
