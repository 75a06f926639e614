import { evidenceOf } from '@missions/agent-tools';
import type { ReportClaim } from '@missions/mission';
import { factsOf, type ClaimedRun } from '@missions/runs';
import type { Measured } from './measure.ts';
import { isSameFinding } from './review/distinct-findings.ts';
import type { Reviewed } from './review/review-milestone.ts';

const maxFindings = 200;
const maxChecks = 50;

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
  await claimed.conclude(turn, {
    kind: 'validated',
    targetSha,
    ...measuredParts(measured, reviewed),
    report: { ...report, findings: [...report.findings, ...unrepeated].slice(0, maxFindings) },
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

function measuredParts({ proofs, baselines, checks, findings }: Measured, reviewed?: Reviewed) {
  return {
    proofs: [...proofs],
    ...(baselines.length > 0 && { baselines: [...baselines] }),
    checks: [...checks, ...(reviewed?.checks ?? [])].slice(0, maxChecks),
    ...(findings.length > 0 && { findings: [...findings] }),
  };
}
