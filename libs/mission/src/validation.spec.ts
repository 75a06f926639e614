import { deciderSpec } from '@missions/testing/given-when-then';
import type { ConclusionOf } from './commands/index.ts';
import { judge } from './decide/index.ts';
import { validated } from './testing/conclusions.ts';
import {
  all,
  approved,
  atFinalProof,
  builtM1,
  missionDecider,
  passedM1,
  typesOf,
  type History,
} from './testing/history.ts';
import {
  add,
  ana,
  by,
  command,
  digest,
  everywhere,
  feature,
  kept,
  proposal,
  proposalInput,
  served,
  sha,
} from './testing/mission.builders.ts';
import type { Verdict } from './validation-contract.ts';

const given = deciderSpec(missionDecider);
const on = (history: History) => given(...history.facts);

describe('a milestone', () => {
  it('is validated at the head when its last feature is done', () =>
    expect(builtM1().last('MilestoneValidationStarted')).toEqual({
      milestoneId: 'M1',
      round: 1,
      targetSha: sha(2),
      assertionIds: [add, everywhere, served],
      final: false,
    }));

  it('is validated by scrutiny, then by user testing where something is driven from outside', () => {
    const scrutiny = builtM1();
    expect(scrutiny.run).toMatchObject({ role: 'scrutiny', task: 'validate', fromSha: sha(2) });
    const testing = scrutiny.done();
    expect(testing.run).toMatchObject({ role: 'user_testing', task: 'validate', fromSha: sha(2) });
  });

  it('needs no user testing when nothing is driven from outside', () =>
    expect(passedM1().built().done().last('MilestonePassed')).toMatchObject({ milestoneId: 'M2' }));

  it('passes when every assertion in scope passes, and the next one starts', () => {
    const history = passedM1();
    expect(history.last('MilestonePassed')).toEqual({ milestoneId: 'M1', round: 1, headSha: sha(2) });
    expect(history.run.subject).toMatchObject({ feature: 'F-003', milestone: 'M2' });
  });
});

describe('in the scope of a validation', () => {
  const scopeOf = (history: History) => history.last('MilestoneValidationStarted').assertionIds;

  it("is what the milestone's features fulfil, and at the last milestone what the whole mission owes", () =>
    expect(scopeOf(passedM1().built())).toEqual([everywhere, kept]));

  it('is what earlier features fulfil whose files were touched', () =>
    expect(scopeOf(passedM1().built({ captured: { filesChanged: ['src/F-002.ts'] } }))).toEqual([
      everywhere,
      served,
      kept,
    ]));

  it('is what failed in the round before, and what the fixes touched', () => {
    const failed = atFinalProof().validated({ measured: { [served]: 'fail' } });
    const fixed = failed.settled().built({ captured: { filesChanged: ['src/F-001.ts'] } });
    expect(fixed.last('MilestoneValidationStarted')).toMatchObject({ milestoneId: 'M2', final: false });
    expect(scopeOf(fixed)).toEqual([add, everywhere, served, kept]);
    const apart = failed.settled().built({ captured: { filesChanged: ['src/other.ts'] } });
    expect(scopeOf(apart)).toEqual([everywhere, served, kept]);
  });

  it('is nothing that a person waived', () => {
    const waive = command('WaiveAssertion', { assertionId: add, reason: 'not needed' });
    expect(scopeOf(approved().after(waive).built().built())).toEqual([everywhere, served]);
  });

  it('is everything at the final commit, proven by the engine alone', () => {
    const history = atFinalProof();
    expect(history.last('MilestoneValidationStarted')).toMatchObject({
      final: true,
      targetSha: sha(3),
      assertionIds: [add, everywhere, served, kept],
    });
    expect(history.run).toMatchObject({ role: 'scrutiny', subject: { final: true } });
  });
});

describe('a validation report', () => {
  const held = builtM1().claimed();
  const good = validated(held.mission);
  const refused = (change: Partial<ConclusionOf<'validated'>>, message: RegExp) => {
    const asked = held.conclusion({ ...good, ...change });
    expect(on(held).when(asked, by(ana)).thenRefuses('REPORT_INVALID').message).toMatch(message);
  };
  const results = good.report?.results ?? [];

  it('records what was measured for each assertion of its validator', () => {
    const facts = on(held).when(held.conclusion(good), by(ana)).facts();
    expect(typesOf(facts).slice(0, 3)).toEqual([
      'MilestoneReportReceived',
      'AssertionJudged',
      'AssertionJudged',
    ]);
    expect(all(facts, 'AssertionJudged')[0]).toMatchObject({
      assertionId: add,
      verdict: 'pass',
      targetSha: sha(2),
      runId: held.run.id,
    });
  });

  it('is made at the commit under validation', () => {
    refused({ targetSha: sha(1) }, /the commit under validation is/);
    const elsewhere = good.proofs.map((proof) => ({ ...proof, targetSha: sha(1) }));
    refused({ proofs: elsewhere }, /was proven at another commit/);
  });

  it('proves each assertion once, and no other', () => {
    refused({ proofs: good.proofs.slice(1) }, /VAL-ADD-001 has no proof/);
    refused({ proofs: [...good.proofs, ...good.proofs] }, /has more than one proof/);
    const foreign = good.proofs.map((proof) => ({ ...proof, assertionId: served }));
    refused({ proofs: [...good.proofs, ...foreign.slice(0, 1)] }, /VAL-API-001 is not to be reported here/);
  });

  it('has exactly one result for each assertion', () => {
    refused({ report: { results: results.slice(1), findings: [], summary: '' } }, /has no result/);
    refused(
      { report: { results: [...results, ...results], findings: [], summary: '' } },
      /more than one result/,
    );
    refused({ report: undefined }, /the report is missing/);
  });

  it('names in its findings only what exists', () => {
    const finding = { severity: 'minor', category: 'doc', title: 'Typo', detail: '' } as const;
    const findings = [{ ...finding, assertionIds: ['VAL-NONE-001'], featureIds: ['F-009'] }];
    refused({ report: { results, findings, summary: '' } }, /names VAL-NONE-001.*names F-009/);
  });
});

describe('a verdict', () => {
  const proof = (verdict: Verdict) => ({
    assertionId: add,
    targetSha: sha(1),
    verdict,
    observed: 'measured',
    expected: 'exit code 0',
    durationMs: 1,
    evidence: [{ kind: 'output', artifact: digest(1) }],
  });
  const claim = (verdict: Verdict, evidence: string[] = ['call-1']) => ({
    assertionId: add,
    verdict,
    observed: 'seen',
    evidence,
    reproSteps: ['run it'],
  });
  const shown = { kind: 'output', artifact: digest(2), call: 'call-1' };
  const captured = new Map([['call-1', shown]]);
  const known = builtM1().assertion(add);

  it("is the engine's own when nobody says otherwise", () =>
    expect(judge(proof('fail'), { assertion: known, captured })).toMatchObject({
      verdict: 'fail',
      observed: 'measured',
    }));

  it.each([
    ['pass', 'fail', 'fail'],
    ['pass', 'inconclusive', 'inconclusive'],
    ['pass', 'blocked', 'inconclusive'],
    ['pass', 'not_run', 'inconclusive'],
    ['inconclusive', 'fail', 'fail'],
    ['not_run', 'fail', 'fail'],
  ] as const)('of %s is lowered by %s to %s, with the evidence that was cited', (measured, said, verdict) => {
    const judged = judge(proof(measured), { assertion: known, claim: claim(said), captured });
    expect(judged).toMatchObject({ verdict, loweredFrom: measured, observed: 'seen' });
    expect(judged.evidence).toContainEqual(shown);
  });

  it.each([
    ['fail', 'pass'],
    ['fail', 'inconclusive'],
    ['inconclusive', 'pass'],
    ['blocked', 'pass'],
    ['not_run', 'pass'],
    ['inconclusive', 'blocked'],
    ['pass', 'pass'],
  ] as const)('of %s is never raised or bent by %s', (measured, said) => {
    const judged = judge(proof(measured), { assertion: known, claim: claim(said), captured });
    expect(judged).toMatchObject({ verdict: measured, observed: 'measured' });
    expect(judged.loweredFrom).toBeUndefined();
  });

  it.each([
    ['without a citation', []],
    ['citing a call that nobody captured', ['call-9']],
  ])('is not lowered %s', (_what, cites) => {
    expect(() =>
      judge(proof('pass'), { assertion: known, claim: claim('fail', [...cites]), captured }),
    ).toThrow(/cite the id of a tool call/);
  });

  it('that a validator lowers counts against the milestone', () => {
    const said = { [add]: { verdict: 'fail' as const, cites: ['call-1'] } };
    const history = builtM1().validated({ said });
    expect(history.mission.assertions[add]).toMatchObject({ verdict: 'fail', targetSha: sha(2) });
    expect(history.run.task).toBe('triage');
  });
});

describe('validating again', () => {
  it('judges at the new commit, after the fix', () => {
    const history = builtM1()
      .validated({ measured: { [add]: 'fail' } })
      .settled()
      .built();
    expect(history.last('MilestoneValidationStarted')).toMatchObject({ round: 2, targetSha: sha(3) });
    expect(history.validated().last('MilestonePassed')).toMatchObject({ milestoneId: 'M1', round: 2 });
  });

  it('keeps the verdicts of earlier rounds', () => {
    const history = builtM1()
      .validated({ measured: { [add]: 'fail' } })
      .settled()
      .built()
      .validated();
    expect(history.mission.assertions[add]?.history.map(({ verdict }) => verdict)).toEqual(['fail', 'pass']);
  });

  it('gives a feature that fulfils several assertions all of them', () => {
    const input = proposalInput();
    const features = [
      feature('F-001', { fulfils: [add, everywhere, served] }),
      ...input.plan.features.slice(2),
    ];
    const history = approved({}, proposal({ plan: { ...input.plan, features } })).built();
    expect(history.last('MilestoneValidationStarted').assertionIds).toEqual([add, everywhere, served]);
  });
});
