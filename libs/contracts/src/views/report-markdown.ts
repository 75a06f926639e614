import type { Usage } from '@missions/mission';
import { headlineText } from './headline.ts';
import type { ReportView } from './report-view.ts';

/** The report as Markdown: the same facts in the same order, agent text escaped. */
export function reportMarkdown(report: ReportView): string {
  const sections = [
    heading(report),
    table('What was built', ['Feature', 'State', 'Attempts', 'Commit'], features(report)),
    table('The contract', ['Assertion', 'Verdict', 'Proof', 'Commit', 'Evidence'], assertions(report)),
    list('Findings', report.findings.map(finding)),
    list(
      'Waived by a person',
      report.waivers.map(({ assertionId, by, reason }) => `${assertionId} by ${by}: ${reason}`),
    ),
    list('What was not proven', report.notProven, 'Nothing: every assertion is proven at the final commit.'),
    table('Cost', ['Of', 'Runs', 'Turns', 'Tokens in', 'Tokens out', 'Cost'], costs(report)),
  ];
  return `${sections.filter(Boolean).join('\n\n')}\n`;
}

function heading(report: ReportView): string {
  const { counts, headSha, baseSha, repository, branch, runs, takeovers, amendments } = report;
  const lines = [
    `# ${text(report.title)}`,
    '',
    `**${headlineText(report.headline)}** — ${text(report.headline.sentence)}`,
    '',
    `- Goal: ${text(report.goal)}`,
    `- Repository: ${text(repository ?? 'none')}, branch \`${branch}\``,
    `- Commits: ${short(baseSha)} → ${short(headSha)}`,
    `- Assertions: ${String(counts.pass)} passed, ${String(counts.fail)} failed, ${String(counts.waived)} waived, of ${String(counts.total)}`,
    `- Runs: ${String(runs)} (${String(takeovers)} taken over), contract amendments: ${String(amendments)}`,
    `- Time: ${report.startedAt} – ${report.endedAt ?? 'now'}${elapsed(report)}`,
  ];
  return lines.join('\n');
}

function features({ features: all }: ReportView): string[][] {
  return all.map(({ id, title, kind, status, attempts, commit }) => [
    `${id} ${title}${kind === 'planned' ? '' : ` (${kind})`}`,
    status,
    String(attempts),
    short(commit),
  ]);
}

function assertions({ assertions: all }: ReportView): string[][] {
  return all.map(({ id, statement, verdict, method, commit, evidence, verdicts }) => [
    `${id} ${statement}`,
    verdicts.length > 1 ? `${verdict} (${verdicts.join(', ')})` : verdict,
    method,
    short(commit),
    evidence.map(({ kind, artifact }) => `${kind} ${artifact.slice(0, 19)}`).join(', ') || '–',
  ]);
}

function finding({ id, finding: one, settled }: ReportView['findings'][number]): string {
  const how = settled ? `${settled.choice} by ${settled.decidedBy}: ${settled.justification}` : 'not settled';
  return `${id} (${one.severity}) ${one.title} — ${how}`;
}

function costs({ cost }: ReportView): string[][] {
  const rows = [
    ...cost.byRole.map(({ name, runs, usage }) => costRow(name, runs, usage)),
    ...cost.byModel.map(({ name, runs, usage }) => costRow(name, runs, usage)),
    ...cost.byFeature.map(({ name, runs, usage }) => costRow(name, runs, usage)),
  ];
  const runs = cost.byRole.reduce((sum, share) => sum + share.runs, 0);
  return [...rows, costRow('**all**', runs, cost.total)];
}

function costRow(name: string, runs: number, usage: Usage): string[] {
  const price = `$${usage.costUsd.toFixed(2)}${usage.unpriced ? ' + unpriced' : ''}`;
  return [name, String(runs), String(usage.turns), String(usage.input), String(usage.output), price];
}

function table(title: string, columns: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const line = (cells: readonly string[]): string => `| ${cells.map(text).join(' | ')} |`;
  return [`## ${title}`, '', line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n');
}

function list(title: string, items: readonly string[], empty?: string): string {
  if (items.length === 0 && empty === undefined) return '';
  const lines = items.length === 0 ? [empty ?? ''] : items.map((item) => `- ${text(item)}`);
  return [`## ${title}`, '', ...lines].join('\n');
}

/** Agent text stays text inside a table cell: one line, no pipes, no HTML. */
function text(value: string): string {
  return value
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .replaceAll('|', '\\|')
    .replaceAll('<', '&lt;')
    .trim();
}

function short(sha: string | undefined): string {
  return sha === undefined ? '–' : sha.slice(0, 12);
}

function elapsed({ startedAt, endedAt }: ReportView): string {
  if (endedAt === undefined || startedAt === '') return '';
  const seconds = Math.round((Date.parse(endedAt) - Date.parse(startedAt)) / 1000);
  return seconds < 120 ? ` (${String(seconds)} s)` : ` (${String(Math.round(seconds / 60))} min)`;
}
