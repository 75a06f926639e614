import type { ConclusionOf } from '../commands/index.ts';
import { fact, type MissionEvent, type MissionEventData } from '../events/index.ts';
import type { FindingDraft } from '../finding.ts';
import type { MilestoneState, Mission, RunState } from '../mission.state.ts';
import { refuse } from '../refusals.ts';
import { validatorOf, type Verdict } from '../validation-contract.ts';
import type { Evidence, ProofRecord, ReportedResult } from '../validation-report.ts';

type Judged = MissionEventData<'AssertionJudged'>;

/** How good a verdict is; a validator may only go down. */
const rank: Record<Verdict, number> = { pass: 3, inconclusive: 2, not_run: 1, blocked: 1, fail: 0 };

/** The assertions of the milestone under validation that this run has to report on. */
export function assertionsOfRun(mission: Mission, run: RunState): readonly string[] {
  const milestone = mission.milestones[run.subject.milestone ?? ''];
  if (!milestone) return [];
  if (run.subject.final === true) return milestone.inScope;
  return milestone.inScope.filter((id) => {
    const assertion = mission.assertions[id];
    return assertion && validatorOf(assertion.definition) === run.role;
  });
}

/** A validator reports. The engine's verdicts count; the agent's own may lower one, by evidence, and never raise it. */
export function concludeValidated(
  conclusion: ConclusionOf<'validated'>,
  run: RunState,
  mission: Mission,
): readonly MissionEvent[] {
  const milestone = mission.milestones[run.subject.milestone ?? ''];
  if (!milestone) return refuse('REPORT_INVALID', 'The milestone is unknown.');
  const assertionIds = assertionsOfRun(mission, run);
  checkReport(conclusion, { mission, milestone, assertionIds, run });
  const captured = new Map(conclusion.captured.flatMap((item) => (item.call ? [[item.call, item]] : [])));
  return [
    fact('MilestoneReportReceived', {
      milestoneId: milestone.definition.id,
      round: milestone.round,
      runId: run.id,
      validator:
        run.subject.final === true ? 'engine' : run.role === 'user_testing' ? 'user_testing' : 'scrutiny',
      targetSha: conclusion.targetSha,
      summary: conclusion.report?.summary ?? '',
      checks: conclusion.checks,
      findings: conclusion.report?.findings ?? [],
    }),
    ...assertionIds.map((assertionId) => {
      const proof = conclusion.proofs.find((record) => record.assertionId === assertionId);
      const claim = conclusion.report?.results.find((result) => result.assertionId === assertionId);
      if (!proof) return refuse('REPORT_INVALID', `No proof of ${assertionId}.`);
      return fact('AssertionJudged', {
        milestoneId: milestone.definition.id,
        round: milestone.round,
        runId: run.id,
        ...judge(proof, claim, captured),
      });
    }),
  ];
}

/** The verdict that counts, of what the engine measured and what the validator says about it. */
export function judge(
  proof: ProofRecord,
  claim: ReportedResult | undefined,
  captured: ReadonlyMap<string, Evidence>,
): Omit<Judged, 'milestoneId' | 'round' | 'runId'> {
  const measured = {
    assertionId: proof.assertionId,
    targetSha: proof.targetSha,
    verdict: proof.verdict,
    observed: proof.observed,
    expected: proof.expected,
    evidence: proof.evidence,
    reproSteps: claim?.reproSteps ?? [],
  };
  const lowered = claim?.verdict === 'fail' ? 'fail' : 'inconclusive';
  if (!claim || rank[claim.verdict] >= rank[proof.verdict] || rank[lowered] >= rank[proof.verdict])
    return measured;
  const cited = claim.evidence.flatMap((call) => captured.get(call) ?? []);
  if (cited.length === 0)
    return refuse(
      'REPORT_INVALID',
      `${claim.assertionId}: the engine measured ${proof.verdict}; to say ${claim.verdict}, cite the id of a tool call of yours that shows it in \`evidence\`.`,
    );
  return {
    ...measured,
    verdict: lowered,
    loweredFrom: proof.verdict,
    observed: claim.observed,
    evidence: [...proof.evidence, ...cited],
  };
}

function checkReport(
  { targetSha, proofs, report }: ConclusionOf<'validated'>,
  {
    mission,
    milestone,
    assertionIds,
    run,
  }: {
    readonly mission: Mission;
    readonly milestone: MilestoneState;
    readonly assertionIds: readonly string[];
    readonly run: RunState;
  },
): void {
  const problems = [
    ...(targetSha === milestone.targetSha
      ? []
      : [`the commit under validation is ${String(milestone.targetSha)}`]),
    ...proofs
      .filter((proof) => proof.targetSha !== targetSha)
      .map((proof) => `${proof.assertionId} was proven at another commit`),
    ...mismatches(
      'proof',
      assertionIds,
      proofs.map(({ assertionId }) => assertionId),
    ),
    ...(report
      ? mismatches(
          'result',
          assertionIds,
          report.results.map(({ assertionId }) => assertionId),
        )
      : run.subject.final === true
        ? []
        : ['the report is missing']),
    ...unknownIds(report?.findings ?? [], mission),
  ];
  if (problems.length > 0) refuse('REPORT_INVALID', problems.join('; '), { problems });
}

function unknownIds(findings: readonly FindingDraft[], mission: Mission): readonly string[] {
  return findings.flatMap(({ title, assertionIds, featureIds }) =>
    [
      ...assertionIds.filter((id) => !mission.assertions[id]),
      ...featureIds.filter((id) => !mission.features[id]),
    ].map((id) => `the finding "${title}" names ${id}, which does not exist`),
  );
}

function mismatches(what: string, expected: readonly string[], given: readonly string[]): readonly string[] {
  return [
    ...expected.filter((id) => !given.includes(id)).map((id) => `${id} has no ${what}`),
    ...given.filter((id) => !expected.includes(id)).map((id) => `${id} is not to be reported here`),
    ...given
      .filter((id, index) => given.indexOf(id) !== index)
      .map((id) => `${id} has more than one ${what}`),
  ];
}
