import { deciderSpec } from '@missions/testing/given-when-then';
import { fact } from './events/index.ts';
import { openFindings } from './open-findings.ts';
import { fixesLeft, unsettledFindings } from './queries.ts';
import { settled } from './testing/conclusions.ts';
import {
  all,
  approved,
  builtM1,
  missionDecider,
  passedM1,
  typesOf,
  type History,
} from './testing/history.ts';
import {
  add,
  ana,
  assertion,
  baseSha,
  by,
  command,
  everywhere,
  kept,
  served,
  sha,
  smallProposal,
} from './testing/mission.builders.ts';

const given = deciderSpec(missionDecider);
const on = (history: History) => given(...history.facts);
const resume = command('ResumeMission', {});
const failing = builtM1().validated({ measured: { [add]: 'fail' } });
const unclear = builtM1().validated({ measured: { [add]: 'inconclusive' } });
const stub = { severity: 'minor', category: 'stub', title: 'A stub is left', featureIds: ['F-002'] } as const;
const commented = builtM1().validated({ findings: [{ ...stub, featureIds: ['F-002'] }] });

describe('findings', () => {
  it('are numbered in report order: verdicts, validators, then what workers said', () => {
    const issue = {
      id: 'I1',
      severity: 'blocking',
      description: 'The base is odd',
      location: 'a.ts:1',
    } as const;
    const small = { id: 'I2', severity: 'suggestion', description: 'Rename it' } as const;
    const claim = { discoveredIssues: [issue, small], whatWasLeftUndone: ['the help text'] };
    const history = approved()
      .built({ claim })
      .built()
      .validated({
        measured: { [everywhere]: 'fail', [served]: 'inconclusive' },
        findings: [{ ...stub, featureIds: [] }],
      });
    const raised = Object.values(history.mission.findings);
    expect(raised.map(({ id, source, finding }) => [id, source, finding.severity])).toEqual([
      ['FIND-1', 'failed_verdict', 'blocker'],
      ['FIND-2', 'inconclusive_verdict', 'major'],
      ['FIND-3', 'validator', 'minor'],
      ['FIND-4', 'discovered_issue', 'major'],
      ['FIND-5', 'left_undone', 'minor'],
    ]);
    expect(history.run).toMatchObject({ role: 'orchestrator', task: 'triage' });
  });

  it('name the assertion and the features that owe it', () =>
    expect(failing.mission.findings['FIND-1']?.finding).toMatchObject({
      assertionIds: [add],
      featureIds: ['F-001'],
      title: 'VAL-ADD-001 fail: VAL-ADD-001 holds',
    }));

  it('go on counting in the next round', () => {
    const again = failing
      .settled()
      .built()
      .validated({ measured: { [add]: 'fail' } });
    expect(again.last('FindingRaised')).toMatchObject({ findingId: 'FIND-2', round: 2 });
  });

  it('of what a worker said are raised once', () => {
    const claim = { whatWasLeftUndone: ['the help text'] };
    const raised = approved()
      .built({ claim })
      .built()
      .validated()
      .settled({ 'FIND-1': 'fix_now' })
      .built()
      .validated();
    expect(raised.mission.milestones['M1']?.status).toBe('passed');
  });

  it('of an attempt that did not succeed are not raised', () => {
    const claim = { outcome: 'partial' as const, whatWasLeftUndone: ['half of it'] };
    expect(approved().built({ claim }).built().built().validated().mission.findings).toEqual({});
  });

  it('that are still open when everything passes are settled before the milestone does', () => {
    const skippedFirst = approved().after(command('SkipFeature', { featureId: 'F-002', reason: 'later' }));
    const waived = skippedFirst.after(command('WaiveAssertion', { assertionId: served, reason: 'later' }));
    const found = waived.built().validated({ findings: [{ ...stub, featureIds: ['F-001'] }] });
    const reopened = found.after(command('RetryFeature', { featureId: 'F-002', reason: 'now' }));
    const interrupted = reopened.concluded({ kind: 'ended', state: 'interrupted' });
    const passing = interrupted.built().validated();
    expect(unsettledFindings(passing.mission, 'M1')).toHaveLength(1);
    expect(passing.run.task).toBe('triage');
    expect(passing.settled({ 'FIND-1': 'dismiss' }).mission.milestones['M1']?.status).toBe('passed');
  });
});

function refusedBy(
  history: History,
  ...over: Parameters<typeof settled> extends [unknown, ...infer Rest] ? Rest : never
): string {
  const held = history.claimed();
  return on(held)
    .when(held.conclusion(settled(held.mission, ...over)), by(ana))
    .thenRefuses('SETTLEMENT_INVALID').message;
}

describe('a settlement', () => {
  it('settles every open finding, once, and no other', () => {
    const item = { choice: 'fix_now' as const, justification: 'so' };
    expect(refusedBy(failing, {}, { items: [] })).toMatch(/FIND-1 is not settled/);
    const twice = [
      { ...item, item: 'FIND-1' },
      { ...item, item: 'FIND-1' },
    ];
    expect(refusedBy(failing, {}, { items: twice })).toMatch(/FIND-1 is settled twice/);
    const foreign = [
      { ...item, item: 'FIND-1' },
      { ...item, item: 'FIND-7' },
    ];
    expect(refusedBy(failing, {}, { items: foreign })).toMatch(/FIND-7 is not an open finding/);
  });

  it.each(['dismiss', 'follow_up'] as const)('does not %s a failed assertion', (choice) =>
    expect(refusedBy(failing, { 'FIND-1': choice })).toMatch(/FIND-1 is a failed assertion/),
  );

  it('starts no fix for what was inconclusive', () =>
    expect(refusedBy(unclear, { 'FIND-1': 'fix_now' })).toMatch(/FIND-1 is inconclusive/));

  it('waives only assertions', () =>
    expect(refusedBy(commented, { 'FIND-1': 'waive' })).toMatch(/names no assertion that could be waived/));

  it('amends by an assertion, and rescopes by a feature', () => {
    expect(refusedBy(failing, { 'FIND-1': 'amend_contract' })).toMatch(/contract_delta holds no assertion/);
    expect(refusedBy(failing, { 'FIND-1': 'rescope' })).toMatch(/no feature of plan_delta names it/);
  });

  it('drops no change without a word', () => {
    const idle = { plan_delta: { features: [{ title: 'Polish', fulfils: [add] }] } };
    expect(refusedBy(failing, {}, idle)).toMatch(/"Polish" serves no finding/);
    const delta = { contract_delta: { assertions: [assertion(add)] } };
    expect(refusedBy(failing, {}, delta)).toMatch(/no item is amend_contract/);
  });

  it('gives its reasons, and names who decided', () => {
    const history = failing.settled();
    expect(history.last('FindingSettled')).toEqual({
      findingId: 'FIND-1',
      choice: 'fix_now',
      justification: 'because of FIND-1',
      decidedBy: failing.run.id,
    });
  });
});

describe('a fix', () => {
  it('takes the next number, is charged to its root, and is built in the milestone at work', () => {
    const history = failing.settled();
    expect(history.last('FeatureAdded').feature).toMatchObject({
      id: 'F-004',
      milestoneId: 'M1',
      kind: 'fix',
      rootFeatureId: 'F-001',
      fulfils: [add],
      sourceFindingIds: ['FIND-1'],
    });
    expect(history.feature('F-001').fixesCharged).toBe(1);
    expect(history.run.subject).toMatchObject({ feature: 'F-004' });
  });

  it('of a fix is charged to the same root', () => {
    const again = failing
      .settled()
      .built()
      .validated({ findings: [{ ...stub, featureIds: ['F-004'] }] });
    const history = again.settled();
    expect(history.last('FeatureAdded').feature).toMatchObject({ id: 'F-005', rootFeatureId: 'F-001' });
    expect(history.feature('F-001').fixesCharged).toBe(2);
  });

  it('is numbered in the order of the settlement', () => {
    const both = builtM1().validated({ measured: { [add]: 'fail', [served]: 'fail' } });
    const items = ['FIND-2', 'FIND-1'].map((item) => ({
      item,
      choice: 'fix_now' as const,
      justification: 'so',
    }));
    const added = all(both.settled({}, { items }).facts, 'FeatureAdded');
    expect(added.map(({ feature: { id, sourceFindingIds } }) => [id, ...sourceFindingIds])).toEqual([
      ['F-004', 'FIND-2'],
      ['F-005', 'FIND-1'],
    ]);
  });

  it('may serve several findings by one draft', () => {
    const both = builtM1().validated({ measured: { [add]: 'fail', [everywhere]: 'fail' } });
    const draft = { title: 'Mend both', sourceFindingIds: ['FIND-1', 'FIND-2'], fulfils: [add, everywhere] };
    const history = both.settled({}, { plan_delta: { features: [draft] } });
    expect(all(history.facts, 'FeatureAdded')).toMatchObject([
      { feature: { id: 'F-004', title: 'Mend both' } },
    ]);
  });
});

describe('what a fix is told', () => {
  const said = {
    [add]: {
      verdict: 'fail' as const,
      cites: ['call-1'],
      steps: ['node tasks.js add milk', 'look at the list'],
    },
  };
  const seen = builtM1().validated({ said });

  it('is what was expected and observed, how to see it, and what has to hold', () => {
    const { description, expectedBehavior } = seen.settled().last('FeatureAdded').feature;
    expect(description).toContain('FIND-1: VAL-ADD-001 fail');
    expect(description).toContain('Expected: exit code 0\nObserved: seen by the validator');
    expect(description).toContain('To see it:\n- node tasks.js add milk\n- look at the list');
    expect(expectedBehavior).toEqual(['VAL-ADD-001 holds']);
  });

  it('is added to what triage says about it, and the assertion is owed by it', () => {
    const draft = { title: 'Mend it', description: 'Keep the list.', sourceFindingIds: ['FIND-1'] };
    const { feature } = seen.settled({}, { plan_delta: { features: [draft] } }).last('FeatureAdded');
    expect(feature.description).toMatch(/^Keep the list\.\n\nFIND-1: [^]*To see it:/);
    expect(feature.fulfils).toEqual([add]);
  });
});

describe('other ways to settle', () => {
  it('puts a follow-up where it says, and leaves a milestone that has not begun as it is', () => {
    const draft = { title: 'Later', milestoneId: 'M2', sourceFindingIds: ['FIND-1'] };
    const history = commented.settled({ 'FIND-1': 'follow_up' }, { plan_delta: { features: [draft] } });
    expect(history.last('FeatureAdded').feature).toMatchObject({ kind: 'follow_up', milestoneId: 'M2' });
    expect(history.facts).toContainEqual(fact('MilestoneStarted', { milestoneId: 'M2' }));
    expect(history.mission.milestones['M2']).toMatchObject({ status: 'building', startSha: sha(2) });
  });

  it('dismisses what is no problem, and the milestone passes without another round', () => {
    const history = commented.settled({ 'FIND-1': 'dismiss' });
    expect(history.last('NegotiationSettled').outcome).toBe('continue');
    expect(history.mission.milestones['M1']).toMatchObject({ status: 'passed', round: 1 });
  });

  it('leaves a waiver to a person; approved, the milestone passes', () => {
    const asked = unclear.settled({ 'FIND-1': 'waive' });
    expect(asked.mission.block).toMatchObject({ cause: 'approval' });
    const history = asked.decided('approved');
    expect(history.mission.assertions[add]?.waived).toMatchObject({ by: 'ana', reason: 'because of FIND-1' });
    expect(history.mission.milestones['M1']?.status).toBe('passed');
  });

  it('proves again what a person does not waive', () => {
    const history = unclear.settled({ 'FIND-1': 'waive' }).decided('rejected');
    expect(history.last('MilestoneValidationStarted')).toMatchObject({ milestoneId: 'M1', round: 2 });
  });

  it('leaves an amendment to a person, with the features it needs', () => {
    const delta = {
      plan_delta: { features: [{ title: 'Colours', fulfils: ['VAL-NEW-001'] }] },
      contract_delta: { assertions: [assertion('VAL-NEW-001')], reason: 'forgotten' },
    };
    const asked = failing.settled({ 'FIND-1': 'amend_contract' }, delta);
    expect(asked.mission.features['F-004']).toBeUndefined();
    const history = asked.decided('approved');
    expect(history.mission.assertions['VAL-NEW-001']).toBeDefined();
    expect(history.last('FeatureAdded').feature).toMatchObject({ id: 'F-004', kind: 'follow_up' });
    expect(history.run.subject.feature).toBe('F-004');
  });

  it('rolls the milestone back to where it began: its features are built anew, its fixes are gone', () => {
    const broken = failing
      .settled()
      .built()
      .validated({ measured: { [add]: 'fail' } });
    const history = broken.settled({ 'FIND-2': 'roll_back' });
    expect(history.last('MilestoneRolledBack')).toMatchObject({ milestoneId: 'M1', toSha: baseSha });
    expect(history.mission.head?.sha).toBe(baseSha);
    expect(history.feature('F-004').status).toBe('cancelled');
    expect(history.run).toMatchObject({ subject: { feature: 'F-001' }, attempt: 2, fromSha: baseSha });
    expect(history.run.checkpoint).toBeUndefined();
  });

  it('takes nothing else away with a roll back: what is fixed at the same time would be lost', () => {
    const both = builtM1().validated({ measured: { [add]: 'fail', [everywhere]: 'fail' } });
    expect(refusedBy(both, { 'FIND-1': 'roll_back' })).toMatch(/FIND-2 is fixed in work that is rolled back/);
    const { reason } = both.settled({ 'FIND-1': 'roll_back', 'FIND-2': 'roll_back' }).feature('F-001');
    expect(reason).toMatch(/^FIND-1 "VAL-ADD-001 fail.*because of FIND-1\nFIND-2 /);
  });

  it('rolls back to the last milestone that passed, with the version of that fact as its fence', () => {
    const atM2 = passedM1()
      .built()
      .validated({ measured: { [kept]: 'fail' } });
    const history = atM2.settled({ 'FIND-1': 'roll_back' });
    const version = history.facts.findIndex(({ type }) => type === 'MilestoneRolledBack') + 1;
    expect(history.mission.head).toEqual({ sha: sha(2), token: version });
    expect(history.run).toMatchObject({ subject: { feature: 'F-003' }, fromSha: sha(2) });
    expect(history.feature('F-001').status).toBe('accepted');
    const again = history.built();
    expect(again.mission.head?.token).toBeGreaterThan(version);
  });

  it('builds again also what an earlier milestone got meanwhile', () => {
    const skipped = approved().after(command('SkipFeature', { featureId: 'F-002', reason: 'later' }));
    const waived = skipped.after(command('WaiveAssertion', { assertionId: served, reason: 'later' }));
    const atM2 = waived.built().validated();
    const wanted = atM2.after(command('RetryFeature', { featureId: 'F-002', reason: 'now' }));
    const both = wanted.built().built().validated();
    const back = both.validated({ measured: { [kept]: 'fail' } }).settled({ 'FIND-1': 'roll_back' });
    expect(back.last('MilestoneRolledBack')).toMatchObject({ milestoneId: 'M2', toSha: sha(1) });
    expect(back.feature('F-002').status).not.toBe('accepted');
    expect(back.mission.milestones['M1']?.status).toBe('building');
  });

  it('owes what was rescoped where it was moved to, and not here any more', () => {
    const draft = { title: 'Another way', milestoneId: 'M2', sourceFindingIds: ['FIND-1'] };
    const moved = failing.settled({ 'FIND-1': 'rescope' }, { plan_delta: { features: [draft] } });
    expect(moved.last('FeatureAdded').feature).toMatchObject({ milestoneId: 'M2', fulfils: [add] });
    expect(moved.mission.milestones['M1']?.status).toBe('passed');
    expect(moved.assertion(add).verdict).toBe('fail');
    const atM2 = moved.built().built();
    expect(atM2.last('MilestoneValidationStarted')).toMatchObject({ milestoneId: 'M2' });
    expect(atM2.last('MilestoneValidationStarted').assertionIds).toContain(add);
  });

  it('moves nothing else with what was rescoped', () => {
    const both = builtM1().validated({ measured: { [add]: 'fail', [everywhere]: 'fail' } });
    const draft = {
      ...{ title: 'Another way', milestoneId: 'M2', sourceFindingIds: ['FIND-1'] },
      fulfils: [add, everywhere],
    };
    const choices = { 'FIND-1': 'rescope', 'FIND-2': 'fix_now' } as const;
    const fixed = both.settled(choices, { plan_delta: { features: [draft] } }).built();
    expect(fixed.last('MilestoneValidationStarted')).toMatchObject({
      milestoneId: 'M1',
      assertionIds: [everywhere, served],
    });
  });

  it('rescopes by a feature of the plan', () => {
    const draft = { title: 'Another way', fulfils: [add], sourceFindingIds: ['FIND-1'] };
    const history = failing.settled({ 'FIND-1': 'rescope' }, { plan_delta: { features: [draft] } });
    expect(history.last('FeatureAdded').feature).toMatchObject({ title: 'Another way', kind: 'follow_up' });
  });
});

describe('rounds of fixes', () => {
  const round = (history: History) =>
    history
      .settled()
      .built()
      .validated({ measured: { [add]: 'fail' } });
  const limits = { fixRoundsPerMilestone: 1 };
  const capped = round(builtM1({ limits }).validated({ measured: { [add]: 'fail' } }));

  it('are capped: then the mission is blocked and says what is open', () => {
    expect(capped.mission.block).toMatchObject({ cause: 'fix_limit' });
    expect(capped.mission.block?.detail).toContain(
      'One round of fixes did not help. M1 still has one open finding.',
    );
  });

  it('say at the cap what was tried, what was seen last, and what a person can do', () => {
    const { detail = '', needs = '' } = capped.mission.block ?? {};
    expect(detail.split('\n').slice(1)).toEqual([
      'FIND-2 major: VAL-ADD-001 fail: VAL-ADD-001 holds',
      `  tried: F-004 (${sha(3).slice(0, 12)})`,
      '  last seen: observed VAL-ADD-001',
    ]);
    for (const command of ['resume', 'why', 'waive', 'message', 'cancel'])
      expect(needs).toContain(`missions ${command} m-demo1`);
    expect(openFindings(capped.mission, 'M1')).toMatchObject([
      { id: 'FIND-2', assertionIds: [add], tried: [{ featureId: 'F-004', headSha: sha(3) }] },
    ]);
  });

  it('go on without one when a person waives all that is still open', () => {
    const waive = command('WaiveAssertion', { assertionId: add, reason: 'not needed after all' });
    const { mission } = capped.after(waive);
    expect(mission.status).toBe('running');
    expect(unsettledFindings(mission, 'M1')).toEqual([]);
    expect(Object.values(mission.findings).at(-1)?.settled).toMatchObject({
      choice: 'waive',
      decidedBy: 'ana',
    });
    expect(mission.milestones['M1']?.status).toBe('passed');
  });

  it('take as many as the milestone allows', () => {
    expect(round(round(failing)).run.task).toBe('triage');
    expect(round(round(round(failing))).mission.block).toMatchObject({ cause: 'fix_limit' });
  });

  it('are one more when a person resumes, and one only', () => {
    const resumed = capped.after(resume);
    expect(resumed.run.task).toBe('triage');
    expect(round(resumed).mission.block).toMatchObject({ cause: 'fix_limit' });
    expect(round(round(resumed).after(resume)).mission.block).toMatchObject({ cause: 'fix_limit' });
  });

  it('count also when nothing was fixed but all is proven again', () => {
    let history = builtM1({ limits }).validated({ measured: { [add]: 'inconclusive' } });
    history = history.settled({ 'FIND-1': 'dismiss' }).validated({ measured: { [add]: 'inconclusive' } });
    expect(history.mission.block).toMatchObject({ cause: 'fix_limit' });
  });

  it('count also when only follow-ups go round in one milestone', () => {
    const claim = { whatWasLeftUndone: ['a bit'] };
    let history = approved({ limits }).built().built({ claim }).validated();
    history = history.settled({ 'FIND-1': 'follow_up' }).built({ claim }).validated();
    expect(history.mission.block).toMatchObject({ cause: 'fix_limit' });
  });

  it('are none in a mission that only reports', () => {
    const history = builtM1({ autonomy: 'report_only' }).validated({ measured: { [add]: 'fail' } });
    expect(history.mission.block?.detail).toContain('Nothing is fixed in a report_only mission');
    expect(typesOf(history.facts)).not.toContain('FindingSettled');
  });
});

describe('fixes charged to a feature', () => {
  const limits = { fixRoundsPerMilestone: 9 };
  const round = (history: History) =>
    history
      .settled()
      .built()
      .validated({ measured: { [add]: 'fail' } });
  const start = approved({ limits }, smallProposal({ retryBudget: 1 })).built();
  const used = round(start.validated({ measured: { [add]: 'fail' } }));
  const exhausted = used.settled();

  it('are capped by its budget: the mission is blocked, and nothing is settled half', () => {
    expect(exhausted.mission.block).toMatchObject({ cause: 'fix_limit' });
    expect(exhausted.mission.block?.detail).toContain('F-001');
    expect(unsettledFindings(exhausted.mission, 'M1')).toHaveLength(1);
  });

  it('are one more when a person resumes', () => {
    const resumed = exhausted.after(resume);
    expect(fixesLeft(resumed.mission, resumed.feature('F-001'))).toBe(1);
    expect(resumed.settled().run.subject.feature).toBe('F-003');
  });

  it('are one more also for a feature of a milestone that has passed', () => {
    const M2 = passedM1({ limits: { fixRoundsPerMilestone: 1 } });
    const again = (history: History) => history.validated({ measured: { [everywhere]: 'fail' } });
    const atM2 = again(again(M2.built()).settled().built());
    expect(atM2.mission.block).toMatchObject({ cause: 'fix_limit' });
    const resumed = atM2.after(resume).settled();
    expect(resumed.last('FeatureAdded').feature).toMatchObject({ rootFeatureId: 'F-001', milestoneId: 'M2' });
    expect(resumed.mission.status).toBe('running');
  });
});

describe('a fix whose attempts are used up', () => {
  it('blocks by the limit of fixes', () => {
    const partial = { claim: { outcome: 'partial' as const } };
    const history = failing.settled().built(partial).built(partial).built(partial);
    expect(history.mission.block).toMatchObject({ cause: 'fix_limit' });
    expect(history.feature('F-004').status).toBe('blocked');
  });
});

describe('a regression', () => {
  it('is called one where something held before', () => {
    const history = passedM1()
      .built()
      .validated({ measured: { [kept]: 'fail' } });
    expect(history.last('FindingRaised').finding.category).toBe('regression');
  });
});
