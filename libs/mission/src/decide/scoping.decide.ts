import type { ConclusionOf } from '../commands/index.ts';
import { fact, type MissionEvent } from '../events/index.ts';
import type { Mission, RunState } from '../mission.state.ts';
import { entry } from '../by-id.ts';
import { refuse } from '../refusals.ts';
import { youDecide, type Question } from '../scoping.ts';
import { requireOngoing, requirePerson, type Decisions } from './deciding.ts';

export const scopingDecisions: Decisions<'AnswerQuestion'> = {
  AnswerQuestion: ({ questionId, value }, mission, context) => {
    const by = requirePerson(context);
    requireOngoing(mission);
    const { questions, ready } = mission.scoping;
    const state = entry(questions, questionId);
    if (!state) return refuse('UNKNOWN_QUESTION', '', { questionId, open: Object.keys(questions) });
    const leftOpen = value === youDecide && state.assumption !== undefined;
    if (leftOpen || state.answer?.value === value) return [];
    // An assumption made by default gives way to an answer until planning begins.
    if (state.answer ?? (ready || mission.proposal)) refuse('QUESTION_CLOSED', '', { questionId });
    return value === youDecide
      ? [assume(state.question, by)]
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
  checkIds(questions, mission);
  const fresh = questions.filter(({ id }) => entry(mission.scoping.questions, id) === undefined);
  const lastRound = round >= mission.limits.scopingRounds;
  const assumed = fresh.filter(({ blocking }) => !blocking || mission.acceptDefaults || lastRound);
  const ready = assumed.length === fresh.length;
  return [
    ...fresh.map((question) => fact('ScopingQuestionAsked', { round, question })),
    ...assumed.map((question) => assume(question, mission.acceptDefaults ? mission.createdBy : undefined)),
    fact('ScopingRoundClosed', { round, ready, ...(brief && { brief }) }),
  ];
}

/** Repeating a settled question is harmless; giving its id to another one would lose that one. */
function checkIds(questions: readonly Question[], mission: Mission): void {
  const reused = questions.filter(({ id, text }, index) => {
    const asked =
      entry(mission.scoping.questions, id)?.question ?? questions.find((other) => other.id === id);
    return asked && (asked.text !== text || questions.findIndex((other) => other.id === id) !== index);
  });
  if (reused.length === 0) return;
  const ids = reused.map(({ id }) => id);
  refuse('WRONG_CONCLUSION', `Another question is called ${ids.join(', ')} already; give each its own id.`, {
    ids,
  });
}

/** Nobody answers: the default holds, or the orchestrator's own choice; `acceptedBy` is a person who wanted it so. */
function assume(question: Question, acceptedBy: string | undefined): MissionEvent {
  const value = question.default ?? 'the orchestrator decides';
  return fact('ScopingAssumptionMade', {
    questionId: question.id,
    assumption: {
      id: `ASM-${question.id}`,
      text: `${question.text} — assumed: ${value}`.slice(0, 8000),
      risk: question.why.slice(0, 2000),
      ...(acceptedBy !== undefined && { acceptedBy }),
    },
  });
}
