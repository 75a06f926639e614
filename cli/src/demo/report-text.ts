import { headlineText, type ReportView } from '@missions/contracts';

/** The report in a terminal: features, assertions with their evidence, findings, cost, and what was not proven. */
export function reportText(report: ReportView): string {
  return [
    `${report.title} (scripted)`,
    `${headlineText(report.headline)} — ${report.headline.sentence}`,
    '',
    'Features',
    ...report.features.map(feature),
    '',
    `Assertions: ${String(report.counts.pass)} of ${String(report.counts.total)} pass`,
    ...report.assertions.map(assertion),
    '',
    ...(report.findings.length === 0 ? [] : ['Findings', ...report.findings.map(finding), '']),
    'What was not proven',
    ...(report.notProven.length === 0
      ? ['  nothing: every assertion is proven at the final commit']
      : report.notProven.map((text) => `  ${text}`)),
    '',
    `Runs: ${String(report.runs)}, taken over: ${String(report.takeovers)}, turns: ${String(report.usage.turns)}, tokens: ${String(report.usage.input)} in, ${String(report.usage.output)} out`,
    `Cost: $${report.cost.total.costUsd.toFixed(2)} (scripted)`,
  ].join('\n');
}

function feature({ id, title, kind, status, commit, attempts }: ReportView['features'][number]): string {
  const how = kind === 'planned' ? '' : ` (${kind})`;
  return `  ${id} ${title}${how}: ${status}, commit ${short(commit)}, ${String(attempts)} attempt${attempts === 1 ? '' : 's'}`;
}

function assertion({
  id,
  statement,
  verdict,
  method,
  commit,
  evidence,
  verdicts,
}: ReportView['assertions'][number]): string {
  const seen = verdicts.length > 1 ? ` (${verdicts.join(', ')})` : '';
  const last = evidence.at(-1);
  const proof = last === undefined ? 'no evidence' : `${last.kind} ${last.artifact.slice(0, 19)}…`;
  return `  ${id.padEnd(13)} ${verdict}${seen} at ${short(commit)} by ${method}: ${statement} [${proof}]`;
}

function finding({ id, finding: one, settled }: ReportView['findings'][number]): string {
  const how = settled ? `${settled.choice}: ${settled.justification}` : 'not settled';
  return `  ${id} ${one.title} — ${how}`;
}

function short(sha: string | undefined): string {
  return sha === undefined ? '–' : sha.slice(0, 12);
}
