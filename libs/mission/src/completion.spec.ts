import { deciderSpec } from '@missions/testing/given-when-then';
import { fact } from './events/index.ts';
import { evolve } from './evolve/index.ts';
import { next } from './next/index.ts';
import { replied } from './testing/conclusions.ts';
import {
  approved,
  atFinalProof,
  awaitingApproval,
  missionDecider,
  passedM1,
  typesOf,
  type History,
} from './testing/history.ts';
import {
  add,
  assertion,
  baseSha,
  by,
  command,
  decideService,
  everywhere,
  kept,
  served,
  sha,
  smallProposal,
} from './testing/mission.builders.ts';
import { validated } from './testing/conclusions.ts';
import { noUsage } from './run.ts';

const given = deciderSpec(missionDecider);
const on = (history: History) => given(...history.facts);
const resume = command('ResumeMission', {});
const waive = (assertionId: string) => command('WaiveAssertion', { assertionId, reason: 'not needed' });

describe('a mission is completed', () => {
  it('when the engine has proven every assertion at the final commit', () => {
    const held = atFinalProof().claimed();
    const facts = on(held)
      .when(held.conclusion(validated(held.mission)), by(decideService))
      .facts();
    expect(typesOf(facts)).toEqual([
      'MilestoneReportReceived',
      ...Array<string>(4).fill('AssertionJudged'),
      'RunEnded',
      'MilestonePassed',
      'MissionCompleted',
    ]);
    expect(facts.at(-1)).toEqual(fact('MissionCompleted', { headSha: sha(3) }));
  });

  it('when what is not proven was waived by a person', () => {
    const history = atFinalProof()
      .after(waive(add))
      .validated({ measured: { [add]: 'fail' } });
    expect(history.mission.status).toBe('completed');
  });
});

describe('a mission is not completed', () => {
  it('because a worker says so: what fails at the final commit is a finding', () => {
    const history = atFinalProof().validated({ measured: { [served]: 'fail' } });
    expect(history.mission.status).toBe('running');
    expect(history.run.task).toBe('triage');
  });

  it('by a proof at an earlier commit: after a last fix everything is proven again', () => {
    const fixed = atFinalProof()
      .validated({ measured: { [served]: 'fail' } })
      .settled()
      .built();
    expect(fixed.last('MilestoneValidationStarted')).toMatchObject({ final: false, targetSha: sha(4) });
    const final = fixed.validated();
    expect(final.last('MilestoneValidationStarted')).toMatchObject({ final: true, targetSha: sha(4) });
    expect(final.validated().mission.status).toBe('completed');
  });

  it('without a commit beyond the base', () => {
    const nothing = { captured: { filesChanged: [], headSha: baseSha } };
    const history = approved({}, smallProposal({ mayBeEmpty: true }))
      .built(nothing)
      .validated()
      .validated();
    expect(history.mission.block).toMatchObject({ cause: 'unknown' });
    expect(history.mission.block?.detail).toContain('there is no commit beyond the base');
  });

  it('without a turn of any agent', () => {
    const { mission } = atFinalProof();
    const quiet = { ...mission, usage: noUsage, milestones: passedFinal(mission) };
    const proven = Object.entries(mission.assertions).map(([id, state]) => [
      id,
      { ...state, verdict: 'pass', targetSha: sha(3) },
    ]);
    const { openRun: _openRun, ...atRest } = quiet;
    const [blocked] = next({
      ...atRest,
      assertions: Object.fromEntries(proven) as typeof mission.assertions,
    });
    expect(blocked).toMatchObject({ type: 'MissionBlocked' });
    expect(JSON.stringify(blocked)).toContain('no agent took a turn');
  });

  it('while an approval is open', () => {
    const talked = atFinalProof().messaged('a').done().claimed().delivered('a');
    const asked = talked.concluded(replied({ contract_delta: { assertions: [assertion(add)] } }));
    expect(asked.mission.block).toMatchObject({ cause: 'approval' });
    const amended = asked.decided('approved');
    expect(amended.last('MilestoneValidationStarted')).toMatchObject({ final: true, round: 3 });
    expect(amended.validated().mission.status).toBe('completed');
  });

  it('while a message is unanswered', () => {
    const history = atFinalProof().messaged('a').validated();
    expect(history.run.task).toBe('converse');
    expect(history.claimed().delivered('a').concluded(replied()).mission.status).toBe('completed');
  });

  it('with a feature that a person wants after all', () => {
    const skipped = passedM1().after(command('SkipFeature', { featureId: 'F-003', reason: 'x' }));
    const waived = skipped.after(waive(kept)).validated();
    expect(waived.last('MilestoneValidationStarted').final).toBe(true);
    const wanted = waived.after(command('RetryFeature', { featureId: 'F-003', reason: 'y' })).validated();
    expect(wanted.run.subject.feature).toBe('F-003');
  });
});

describe('the final proof', () => {
  it('leaves out what was waived before', () => {
    const history = passedM1().after(waive(everywhere)).built().validated();
    expect(history.last('MilestoneValidationStarted').assertionIds).toEqual([add, served, kept]);
  });

  it('needs no report of an agent', () => {
    const held = atFinalProof().claimed();
    expect(validated(held.mission).report).toBeUndefined();
    expect(held.done().last('MilestoneReportReceived').validator).toBe('engine');
  });

  it('that fails as often as fixes are allowed blocks the mission', () => {
    const limits = { fixRoundsPerMilestone: 0 };
    const history = atFinalProof({ limits }).validated({ measured: { [served]: 'fail' } });
    expect(history.mission.block).toMatchObject({ cause: 'fix_limit' });
    expect(history.after(resume).run.task).toBe('triage');
  });
});

describe('a mission that waits for approval', () => {
  it('has delegated nothing', () => expect(awaitingApproval().mission.openRun).toBeUndefined());
});

function passedFinal(mission: ReturnType<typeof atFinalProof>['mission']): typeof mission.milestones {
  const last = mission.milestones['M2'];
  if (!last) throw new Error('There is no M2.');
  const passed = fact('MilestonePassed', { milestoneId: 'M2', round: last.round, headSha: sha(3) });
  return evolve(mission, passed).milestones;
}
