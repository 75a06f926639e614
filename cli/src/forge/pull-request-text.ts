import { forgeText, markdownTable, oneLine, type ReportView } from '@missions/contracts';

export interface PullRequestText {
  readonly title: string;
  readonly body: string;
}

const MAX_TITLE_CHARACTERS = 200;
const MAX_LISTED = 100;

/**
 * What a reviewer reads: the contract as a table, what was not proven, and what was held against the work. Whatever agents wrote
 * mentions nobody, closes nothing and commands nothing; what does not fit is left out and counted.
 */
export function pullRequestText(report: ReportView, maxCharacters: number): PullRequestText {
  const title = titleOf(report);
  for (let rows = MAX_LISTED; ; rows = Math.floor(rows / 2)) {
    const body = bodyOf(report, rows);
    if (body.length <= maxCharacters || rows === 0) return { title, body: body.slice(0, maxCharacters) };
  }
}

/** A title is no Markdown, but it may become the message of a merge, which refers to issues. */
function titleOf({ title }: ReportView): string {
  return oneLine(title)
    .replaceAll(/#(?=\d)/gu, '# ')
    .replaceAll(/\bgh-(?=\d)/giu, 'GH ')
    .slice(0, MAX_TITLE_CHARACTERS);
}

function bodyOf(report: ReportView, rows: number): string {
  const { missionId, headline, counts, notProven, findings, seq, headSha } = report;
  const { total, pass, waived } = counts;
  return [
    // Never at the beginning of a line, where GitLab would take a slash for a command.
    `Goal: ${forgeText(report.goal)}`,
    '',
    `**${headline.word}**: ${String(pass)} of ${String(total)} assertions pass, ${String(waived)} waived, at \`${(headSha ?? '').slice(0, 12)}\`.`,
    '',
    '## Contract',
    '',
    markdownTable(
      ['', 'Assertion', 'Before', 'Now', 'Proof', 'Commit'],
      contractRows(report, rows),
      forgeText,
    ),
    ...left(report.assertions.length, rows),
    '',
    '## What was not proven',
    '',
    ...listed(notProven, rows, 'Nothing: every assertion is proven at the final commit.'),
    ...(findings.length === 0 ? [] : ['', '## Findings', '', ...listed(findings.map(findingLine), rows, '')]),
    '',
    `Built by mission \`${missionId}\` at version ${String(seq)} of its log; \`missions report ${missionId}\` has the whole of it.`,
    '',
    `<!-- missions:${missionId} -->`,
  ].join('\n');
}

const marks: Readonly<Record<string, string>> = { pass: '✓', fail: '✗', waived: 'W' };

function contractRows({ assertions }: ReportView, rows: number): readonly (readonly string[])[] {
  return assertions
    .slice(0, rows)
    .map(({ id, statement, baseline, verdict, flaky, method, commit }) => [
      marks[verdict] ?? '~',
      `${id} ${statement}`,
      baseline,
      flaky ? `${verdict}, flaky` : verdict,
      method,
      (commit ?? '–').slice(0, 12),
    ]);
}

function findingLine({ id, finding, settled }: ReportView['findings'][number]): string {
  const how = settled ? `${settled.choice} by ${settled.decidedBy}: ${settled.justification}` : 'not settled';
  return `${id} (${finding.severity}) ${finding.title} — ${how}`;
}

function listed(items: readonly string[], rows: number, empty: string): readonly string[] {
  if (items.length === 0) return [empty];
  return [...items.slice(0, rows).map((item) => `- ${forgeText(item)}`), ...left(items.length, rows)];
}

function left(all: number, rows: number): readonly string[] {
  return all > rows ? ['', `… and ${String(all - rows)} more.`] : [];
}
