import { deciderSpec } from '@missions/testing/given-when-then';
import { fact } from './events/index.ts';
import { needsYou, openQuestions } from './queries.ts';
import { youDecide } from './scoping.ts';
import { asked, question } from './testing/conclusions.ts';
import { all, created, missionDecider, typesOf, type History } from './testing/history.ts';
import { ana, at, by, command, proposal } from './testing/mission.builders.ts';

const given = deciderSpec(missionDecider);
const on = (history: History) => given(...history.facts);
const answer = (questionId: string, value: string) => command('AnswerQuestion', { questionId, value });

const waiting = created().concluded(asked(question('Q1'), question('Q2')));

describe('a new mission', () => {
  it('is scoped first, from the base commit', () => {
    const { run } = created();
    expect(run).toMatchObject({ id: 'm-demo1-r1', role: 'orchestrator', task: 'scope', attempt: 1 });
    expect(run.fromSha).toBe('b'.repeat(40));
  });

  it('goes straight to planning with a brief of its person', () => {
    expect(created({ brief: proposal().brief }).run.task).toBe('plan');
  });
});

describe('a scope run', () => {
  it('that has nothing to ask is followed by the plan run', () => {
    const held = created().claimed();
    const facts = on(held).when(held.conclusion(asked()), by(ana)).facts();
    expect(typesOf(facts)).toEqual(['ScopingRoundClosed', 'RunEnded', 'RunDelegated']);
    expect(all(facts, 'RunDelegated')[0]).toMatchObject({ task: 'plan' });
  });

  it('that asks something blocking leaves the mission to the person, with no run open', () => {
    expect(waiting.mission.status).toBe('scoping');
    expect(waiting.mission.openRun).toBeUndefined();
    expect(needsYou(waiting.mission)).toBe('question');
  });

  it('that asks only what does not block has its defaults taken as assumptions', () => {
    const history = created().concluded(asked(question('Q1', { blocking: false, default: 'SQLite' })));
    expect(history.last('ScopingAssumptionMade').assumption.text).toContain('SQLite');
    expect(history.run.task).toBe('plan');
  });

  it('leaves a question without a default to the orchestrator', () => {
    const history = created().concluded(asked(question('Q1', { blocking: false })));
    expect(history.last('ScopingAssumptionMade').assumption.text).toContain('the orchestrator decides');
  });

  it('may repeat a question that is settled; it is not asked again', () => {
    const round2 = waiting.after(answer('Q1', 'a')).after(answer('Q2', 'b'));
    const facts = on(round2.claimed())
      .when(round2.claimed().conclusion(asked(question('Q1'))), by(ana))
      .facts();
    expect(all(facts, 'ScopingQuestionAsked')).toEqual([]);
    expect(all(facts, 'ScopingRoundClosed')[0]).toMatchObject({ round: 2, ready: true });
  });

  it('may not give the id of a settled question to another one', () => {
    const round2 = waiting.after(answer('Q1', 'a')).after(answer('Q2', 'b')).claimed();
    const other = asked(question('Q1', { text: 'Something else?' }));
    on(round2).when(round2.conclusion(other), by(ana)).thenRefuses('WRONG_CONCLUSION');
  });

  it('may not use one id for two questions', () => {
    const held = created().claimed();
    on(held)
      .when(held.conclusion(asked(question('Q1'), question('Q1'))), by(ana))
      .thenRefuses('WRONG_CONCLUSION');
  });

  it('may name a question like something every object has', () => {
    const history = created().concluded(asked(question('constructor')));
    expect(openQuestions(history.mission).map(({ question: { id } }) => id)).toEqual(['constructor']);
  });
});

describe('an answer', () => {
  it('is recorded with who gave it and when', () =>
    on(waiting)
      .when(answer('Q1', 'yes'), by(ana))
      .then(fact('ScopingQuestionAnswered', { questionId: 'Q1', value: 'yes', by: 'ana', at })));

  it('to the last open question starts the next round', () => {
    const history = waiting.after(answer('Q1', 'a')).after(answer('Q2', 'b'));
    expect(history.run).toMatchObject({ task: 'scope', subject: { round: 2 } });
  });

  it('given again changes nothing', () =>
    on(waiting.after(answer('Q1', 'yes')))
      .when(answer('Q1', 'yes'), by(ana))
      .thenNothing());

  it('cannot be taken back', () => {
    on(waiting.after(answer('Q1', 'yes')))
      .when(answer('Q1', 'no'), by(ana))
      .thenRefuses('QUESTION_CLOSED');
  });

  it('to an unknown question is refused', () => {
    on(waiting).when(answer('Q9', 'yes'), by(ana)).thenRefuses('UNKNOWN_QUESTION');
    on(waiting).when(answer('toString', 'yes'), by(ana)).thenRefuses('UNKNOWN_QUESTION');
  });

  it('"you decide" takes the default as an assumption that the person accepted', () => {
    const history = created().concluded(asked(question('Q1', { default: 'JSON' })));
    const decided = history.after(answer('Q1', youDecide));
    expect(decided.last('ScopingAssumptionMade').assumption).toMatchObject({
      id: 'ASM-Q1',
      acceptedBy: 'ana',
    });
    expect(decided.run.subject.round).toBe(2);
  });

  it('"you decide" given again changes nothing', () =>
    on(waiting.after(answer('Q1', youDecide)))
      .when(answer('Q1', youDecide), by(ana))
      .thenNothing());

  it('replaces a default while other questions are open', () => {
    const both = created().concluded(
      asked(question('Q1'), question('Q2', { blocking: false, default: 'a' })),
    );
    const history = both.after(answer('Q2', 'b'));
    expect(history.mission.scoping.questions['Q2']).toMatchObject({ answer: { value: 'b' } });
    expect(history.mission.scoping.questions['Q2']?.assumption).toBeUndefined();
  });

  it('comes too late once planning has begun', () => {
    const history = created().concluded(asked(question('Q1', { blocking: false })));
    on(history).when(answer('Q1', 'b'), by(ana)).thenRefuses('QUESTION_CLOSED');
  });
});

describe('scoping', () => {
  it('takes defaults for a person who said so beforehand, and records that', () => {
    const history = created({ acceptDefaults: true }).concluded(asked(question('Q1', { default: 'yes' })));
    expect(history.last('ScopingAssumptionMade').assumption.acceptedBy).toBe('ana');
    expect(history.run.task).toBe('plan');
  });

  it('ends with its last round: what is open then becomes an assumption', () => {
    const limits = { scopingRounds: 2 };
    const first = created({ limits })
      .concluded(asked(question('Q1')))
      .after(answer('Q1', 'yes'));
    const last = first.concluded(asked(question('Q2')));
    expect(last.last('ScopingRoundClosed')).toMatchObject({ round: 2, ready: true });
    expect(last.last('ScopingAssumptionMade').questionId).toBe('Q2');
    expect(last.run.task).toBe('plan');
  });
});
