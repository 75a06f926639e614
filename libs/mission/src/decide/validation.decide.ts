import { fold } from '@missions/kernel';
import type { ConclusionOf } from '../commands/index.ts';
import { countedVerdict } from '../counted-verdict.ts';
import { fact, type MissionEvent, type MissionEventData, type MissionEventOf } from '../events/index.ts';
import { evolve } from '../evolve/index.ts';
import type { AssertionState, MilestoneState, Mission, RunState } from '../mission.state.ts';
import { refuse } from '../refusals.ts';
import { assertionsOfRun } from '../validation-queries.ts';
import type { Verdict } from '../validation-contract.ts';
import type { Evidence, ProofRecord, ReportedResult } from '../validation-report.ts';
import { boundedReport, boundedVerdict } from './bounded-report.ts';
import { checkReport } from './report-checks.ts';

type Judged = MissionEventData<'AssertionJudged'>;

/** How good a verdict is; a validator may only go down. */
const rank: Record<Verdict, number> = { pass: 3, inconclusive: 2, not_run: 1, blocked: 1, fail: 0 };

/** A validator reports. The engine's verdicts count; the agent's own may lower one, by evidence, and never raise it. */
export function concludeValidated(
  conclusion: ConclusionOf<'validated'>,
  run: RunState,
  mission: Mission,
): readonly MissionEvent[] {
  const milestone = mission.milestones[run.subject.milestone ?? ''];
  if (!milestone) return refuse('REPORT_INVALID', 'The milestone is unknown.');
  const assertionIds = assertionsOfRun(mission, run);
  checkReport(conclusion, { mission, milestone, run });
  const captured = new Map(conclusion.captured.flatMap((item) => (item.call ? [[item.call, item]] : [])));
  const baselines = baselinesOf(conclusion, mission);
  const seen = fold(evolve, mission, baselines);
  return [
    ...baselines,
    fact('MilestoneReportReceived', boundedReport(reportOf(conclusion, run, milestone))),
    ...assertionIds.map((assertionId) => {
      const proof = conclusion.proofs.find((record) => record.assertionId === assertionId);
      const claim = conclusion.report?.results.find((result) => result.assertionId === assertionId);
      const assertion = seen.assertions[assertionId];
      if (!proof || !assertion) return refuse('REPORT_INVALID', `No proof of ${assertionId}.`);
      const { id: milestoneId } = milestone.definition;
      const verdict = judge(proof, { assertion, claim, captured });
      return fact(
        'AssertionJudged',
        boundedVerdict({ milestoneId, round: milestone.round, runId: run.id, ...verdict }),
      );
    }),
  ];
}

function reportOf(
  { targetSha, report, checks, findings }: ConclusionOf<'validated'>,
  run: RunState,
  { definition, round }: MilestoneState,
): MissionEventData<'MilestoneReportReceived'> {
  const validator = run.role === 'user_testing' ? 'user_testing' : 'scrutiny';
  return {
    milestoneId: definition.id,
    round,
    runId: run.id,
    validator: run.subject.final === true ? 'engine' : validator,
    targetSha,
    summary: report?.summary ?? '',
    checks,
    findings: report?.findings ?? [],
    ...(findings && { engineFindings: findings }),
  };
}

/** What amended assertions did on the base, measured now because they did not exist when the plan was approved. */
function baselinesOf(
  { baselines = [] }: ConclusionOf<'validated'>,
  mission: Mission,
): readonly MissionEventOf<'ContractAssertionBaselined'>[] {
  return baselines.map((baseline) =>
    fact('ContractAssertionBaselined', {
      revision: mission.proposal?.revision ?? 1,
      amendment: Math.max(1, mission.amendments),
      ...baseline,
    }),
  );
}

interface Judging {
  readonly assertion: AssertionState;
  readonly claim?: ReportedResult | undefined;
  readonly captured: ReadonlyMap<string, Evidence>;
}

/** The verdict that counts, of what the engine measured, what is known of the proof, and what the validator says about it. */
export function judge(
  proof: ProofRecord,
  { assertion, claim, captured }: Judging,
): Omit<Judged, 'milestoneId' | 'round' | 'runId'> {
  const measured = measuredBy(proof, assertion, claim);
  const lowered = claim?.verdict === 'fail' ? 'fail' : 'inconclusive';
  const best = rank[measured.verdict];
  if (!claim || rank[claim.verdict] >= best || rank[lowered] >= best) return measured;
  const cited = claim.evidence.flatMap((call) => captured.get(call) ?? []);
  if (cited.length === 0)
    return refuse(
      'REPORT_INVALID',
      `${claim.assertionId}: what was measured counts as ${measured.verdict}; to say ${claim.verdict}, cite the id of a tool call of yours that shows it in \`evidence\`.`,
    );
  return {
    ...measured,
    verdict: lowered,
    loweredFrom: proof.verdict,
    observed: claim.observed,
    evidence: [...measured.evidence, ...cited],
  };
}

function measuredBy(
  proof: ProofRecord,
  assertion: AssertionState,
  claim: ReportedResult | undefined,
): Omit<Judged, 'milestoneId' | 'round' | 'runId'> {
  const { verdict, observed, doubt } = countedVerdict(proof, assertion);
  const { assertionId, targetSha, expected, again, control } = proof;
  return {
    assertionId,
    targetSha,
    verdict,
    ...(verdict !== proof.verdict && { loweredFrom: proof.verdict }),
    ...(doubt && { doubt }),
    ...(again && { executions: again.length + 1 }),
    ...(control && { control: control.outcome }),
    observed,
    expected,
    evidence: [...proof.evidence, ...(control?.evidence ?? [])],
    reproSteps: claim?.reproSteps ?? [],
  };
}
