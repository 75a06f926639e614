import { evidenceOf } from '@missions/agent-tools';
import type { CheckRecord, ReportClaim } from '@missions/mission';
import { factsOf, type ClaimedRun } from '@missions/runs';
import { boundedChecks, boundedFindings } from './bounded-report.ts';
import type { Measured } from './measure.ts';
import { isSameFinding } from './review/distinct-findings.ts';
import type { Reviewed } from './review/review-milestone.ts';

const maxFindings = 200;
/** Of those that reviewers hold; the agent's own come first. */
const reviewBytes = 10_000;

interface Submitted {
  readonly targetSha: string;
  readonly measured: Measured;
  readonly reviewed: Reviewed;
  readonly report: ReportClaim;
  readonly turn: number;
}

/** Ends the run by what was measured and what is said of it. What the validator does not repeat of the reviews stands as it was. */
export async function submitReport(claimed: ClaimedRun, said: Submitted): Promise<void> {
  const { targetSha, measured, reviewed, report, turn } = said;
  const facts = await factsOf(claimed.host.store, claimed.run.id);
  const results = facts.flatMap((fact) => (fact.type === 'ToolResultsRecorded' ? fact.data.results : []));
  const unrepeated = reviewed.findings.filter(
    (held) => !report.findings.some((finding) => isSameFinding(finding, held)),
  );
  const held = boundedFindings(unrepeated, reviewBytes);
  await claimed.conclude(turn, {
    kind: 'validated',
    targetSha,
    ...measuredParts(measured, reviewed.checks, held.leftOut),
    report: { ...report, findings: [...report.findings, ...held.findings].slice(0, maxFindings) },
    captured: [...evidenceOf(results)],
  });
}

/** Ends a run without an agent: the final proof of a mission. */
export function submitMeasured(claimed: ClaimedRun, targetSha: string, measured: Measured): Promise<void> {
  return claimed.conclude(0, {
    kind: 'validated',
    targetSha,
    ...measuredParts(measured),
    captured: [],
  });
}

function measuredParts(
  { proofs, baselines, checks, findings }: Measured,
  reviews: readonly CheckRecord[] = [],
  claimsLeftOut = 0,
) {
  const found = boundedFindings(findings);
  return {
    proofs: [...proofs],
    ...(baselines.length > 0 && { baselines: [...baselines] }),
    checks: boundedChecks([...checks, ...reviews, ...leftOut(found.leftOut + claimsLeftOut)]),
    ...(found.findings.length > 0 && { findings: found.findings }),
  };
}

/** Nothing is dropped in silence. */
function leftOut(count: number): readonly CheckRecord[] {
  if (count === 0) return [];
  const output = `${String(count)} more findings of lesser weight are not listed.`;
  return [{ name: 'findings', command: 'of the engine', output }];
}
