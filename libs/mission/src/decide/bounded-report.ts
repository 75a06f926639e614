import { utf8ToBytes } from '@noble/hashes/utils.js';
import type { MissionEventData } from '../events/index.ts';
import type { FindingDraft } from '../finding.ts';

type Report = MissionEventData<'MilestoneReportReceived'>;
type Judged = MissionEventData<'AssertionJudged'>;

/** An event stays under 64 KB; the rest is room for its envelope and for the ids of a long plan. */
const maxBytes = 56_000;
const shortestChars = 250;

/**
 * The report as one event can hold it: long outputs and details give way first, all alike; where there are too many findings,
 * the less severe ones give way to one that says how many there were.
 */
export function boundedReport(report: Report): Report {
  let bounded = report;
  for (let chars = 4000; !fits(bounded) && chars >= shortestChars; chars /= 2)
    bounded = withTexts(report, chars);
  for (let most = 128; !fits(bounded) && most >= 1; most /= 2)
    bounded = withFindings(withTexts(report, shortestChars), most);
  return bounded;
}

/**
 * A verdict as one event can hold it: what was executed is told in full by the evidence itself, so its name gives way, and
 * the oldest evidence after it.
 */
export function boundedVerdict(judged: Judged): Judged {
  let bounded = judged;
  for (let chars = 4000; !fits(bounded) && chars >= shortestChars; chars /= 2)
    bounded = withShortNames(judged, chars);
  for (let most = 64; !fits(bounded) && most >= 1; most /= 2)
    bounded = { ...bounded, evidence: bounded.evidence.slice(-most) };
  return bounded;
}

function withShortNames(judged: Judged, chars: number): Judged {
  return {
    ...judged,
    observed: ends(judged.observed, chars),
    expected: ends(judged.expected, chars),
    reproSteps: judged.reproSteps.map((step) => ends(step, chars)),
    evidence: judged.evidence.map(({ command, ...kept }) => ({
      ...kept,
      ...(command !== undefined && { command: ends(command, chars) }),
    })),
  };
}

function fits(data: Report | Judged): boolean {
  return utf8ToBytes(JSON.stringify(data)).length <= maxBytes;
}

function withTexts(report: Report, chars: number): Report {
  const shorter = (finding: FindingDraft): FindingDraft => ({
    ...finding,
    detail: ends(finding.detail, chars),
    ...(finding.suggestedFix !== undefined && { suggestedFix: ends(finding.suggestedFix, chars) }),
  });
  return {
    ...report,
    summary: ends(report.summary, chars),
    checks: report.checks.map((check) => ({
      ...check,
      command: ends(check.command, chars),
      output: ends(check.output, chars),
    })),
    findings: report.findings.map(shorter),
    ...(report.engineFindings && { engineFindings: report.engineFindings.map(shorter) }),
  };
}

/** Head and tail: what was done, and how it ended. */
function ends(text: string, chars: number): string {
  if (text.length <= chars) return text;
  const half = Math.floor((chars - 5) / 2);
  return `${text.slice(0, half)}\n…\n${text.slice(-half)}`;
}

function withFindings(report: Report, most: number): Report {
  return {
    ...report,
    findings: worst(report.findings, most),
    ...(report.engineFindings && { engineFindings: worst(report.engineFindings, most) }),
  };
}

const severities: readonly FindingDraft['severity'][] = ['blocker', 'major', 'minor', 'info'];

function worst(findings: readonly FindingDraft[], most: number): FindingDraft[] {
  if (findings.length <= most) return [...findings];
  const bySeverity = severities.flatMap((severity) =>
    findings.filter((finding) => finding.severity === severity),
  );
  const left = bySeverity.slice(most);
  return [
    ...bySeverity.slice(0, most),
    {
      severity: left[0]?.severity ?? 'info',
      category: left[0]?.category ?? 'defect',
      title: `${String(left.length)} more findings that this report had no room for`,
      detail: left
        .map(({ title }) => title)
        .join('\n')
        .slice(0, 2000),
      assertionIds: [],
      featureIds: [],
    },
  ];
}
