import { markdownTable, markdownText } from './markdown-text.ts';
import { reportFacts, reportHeadline, reportSections, type ReportSection } from './report-sections.ts';
import type { ReportView } from './report-view.ts';

/** The report as Markdown: the same facts in the same order, agent text escaped. */
export function reportMarkdown(report: ReportView): string {
  const [word, sentence] = reportHeadline(report);
  const heading = [
    `# ${markdownText(report.title)}`,
    '',
    `**${markdownText(word)}** — ${markdownText(sentence)}`,
    '',
    ...reportFacts(report).map(([name, value]) => `- ${name}: ${markdownText(value)}`),
  ].join('\n');
  return `${[heading, ...reportSections(report).map(section)].join('\n\n')}\n`;
}

function section(part: ReportSection): string {
  return `## ${part.title}\n\n${part.kind === 'table' ? markdownTable(part.columns, part.rows) : listOf(part)}`;
}

function listOf({ items, empty = '' }: Extract<ReportSection, { kind: 'list' }>): string {
  return items.length === 0 ? empty : items.map((item) => `- ${markdownText(item)}`).join('\n');
}
