import { deciderSpec } from '@missions/testing/given-when-then';
import { unsettledFindings } from './queries.ts';
import { settled, type Reported } from './testing/conclusions.ts';
import { atFinalProof, builtM1, missionDecider, type History } from './testing/history.ts';
import { add, ana, assertion, by } from './testing/mission.builders.ts';

const given = deciderSpec(missionDecider);
type Found = NonNullable<Reported['found']>[number];
const deleted: Found = {
  severity: 'blocker',
  category: 'test_quality',
  title: 'A test was deleted',
  location: 'test/list.test.mjs',
  featureIds: ['F-001'],
};
const weaker: Found = { ...deleted, severity: 'major', title: 'A test was made weaker' };
const find = (...found: Found[]) => builtM1().validated({ found });
const blocked = find(deleted);

function refused(history: History, ...over: readonly unknown[]): string {
  const held = history.claimed();
  const claim = settled(held.mission, ...(over as [never]));
  return given(...held.facts)
    .when(held.conclusion(claim), by(ana))
    .thenRefuses('SETTLEMENT_INVALID').message;
}

describe('a finding of the engine', () => {
  it("is raised beside the validators' own, and keeps a milestone from passing", () => {
    const own = { severity: 'minor', category: 'doc', title: 'A typo' } as const;
    const history = builtM1().validated({ found: [deleted], findings: [own] });
    expect(history.last('MilestoneReportReceived')).toMatchObject({ engineFindings: [] });
    expect(
      Object.values(history.mission.findings).map(({ source, finding }) => [source, finding.title]),
    ).toEqual([
      ['engine', 'A test was deleted'],
      ['validator', 'A typo'],
    ]);
    expect(history.run.task).toBe('triage');
  });

  it('keeps a mission from completing, also in the round that the engine proves alone', () => {
    const history = atFinalProof().validated({ found: [weaker] });
    expect(history.mission.status).toBe('running');
    expect(history.run.task).toBe('triage');
  });

  it('names only what exists', () => {
    const held = builtM1().claimed();
    const nobody = { ...deleted, featureIds: ['F-099'] };
    expect(() => held.validated({ found: [nobody] })).toThrow(/names F-099, which does not exist/);
  });

  it.each(['dismiss', 'follow_up'] as const)('that is a blocker is not talked away by %s', (choice) =>
    expect(refused(blocked, { 'FIND-1': choice })).toMatch(/FIND-1 is a blocker that the engine found/),
  );

  it('that is none may be dismissed with a reason, and is not held against the work again', () => {
    const dismissed = find(weaker).settled({ 'FIND-1': 'dismiss' });
    expect(dismissed.mission.milestones['M1']?.status).toBe('passed');
    const next = dismissed
      .built()
      .validated({ found: [weaker] })
      .validated({ found: [weaker] });
    expect(next.mission.status).toBe('completed');
    const elsewhere = { ...weaker, location: 'test/web.test.mjs' };
    expect(dismissed.built().validated({ found: [elsewhere] }).run.task).toBe('triage');
  });

  it('that was fixed, but is found again, is raised again', () => {
    const again = blocked
      .settled()
      .built()
      .validated({ found: [deleted] });
    expect(Object.keys(again.mission.findings)).toEqual(['FIND-1', 'FIND-2']);
    expect(again.mission.findings['FIND-2']).toMatchObject({ source: 'engine', round: 2 });
  });

  it('that both validators meet is raised once', () => {
    const twice = builtM1().validated({ found: [deleted, deleted] });
    expect(unsettledFindings(twice.mission, 'M1')).toHaveLength(1);
  });

  it('that has a feature to come is not raised again before', () => {
    const also = builtM1().validated({ measured: { [add]: 'fail' }, found: [weaker] });
    const choices = { 'FIND-1': 'fix_now', 'FIND-2': 'follow_up' } as const;
    const later = { title: 'Restore it', milestoneId: 'M2', sourceFindingIds: ['FIND-2'] };
    const next = also.settled(choices, { plan_delta: { features: [later] } }).built();
    expect(next.validated({ found: [weaker] }).mission.milestones['M1']?.status).toBe('passed');
  });

  it('is not taken away by an amendment', () => {
    const over = { contract_delta: { assertions: [assertion(add)] } };
    expect(refused(blocked, { 'FIND-1': 'amend_contract' }, over)).toMatch(/no amendment takes it away/);
  });
});

describe('letting a finding of the engine stand', () => {
  const asked = blocked.settled({ 'FIND-1': 'waive' });

  it('is for a person to decide, and waives no assertion', () => {
    expect(asked.mission.block).toMatchObject({ cause: 'approval' });
    expect(asked.last('ApprovalRequested')).toMatchObject({
      kind: 'waiver',
      findingIds: ['FIND-1'],
      assertionIds: [],
      summary: 'Let FIND-1 stand, "A test was deleted": because of FIND-1',
    });
  });

  it('lets the milestone pass when the person agrees', () => {
    const agreed = asked.decided('approved');
    expect(agreed.mission.milestones['M1']?.status).toBe('passed');
    expect(agreed.mission.findings['FIND-1']?.settled).toMatchObject({ choice: 'waive' });
  });

  it('opens it again when the person does not', () => {
    const back = asked.decided('rejected');
    expect(unsettledFindings(back.mission, 'M1').map(({ id }) => id)).toEqual(['FIND-1']);
    expect(back.run.task).toBe('triage');
    expect(back.settled().run.subject.feature).toBe('F-004');
  });

  it('uses up a round, so that nobody is asked for ever', () => {
    let history: History = blocked;
    for (let n = 0; n < 3; n += 1) history = history.settled({ 'FIND-1': 'waive' }).decided('rejected');
    expect(history.mission.block).toMatchObject({ cause: 'fix_limit' });
  });
});
