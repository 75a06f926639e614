import type { Usage } from '@missions/mission';
import { amendmentLines } from './amendment-view.ts';
import { fixTexts } from './finding-fix.ts';
import { headlineText } from './headline.ts';
import type { ReportView } from './report-view.ts';

/** A part of the report, whatever it is rendered as. Texts are as agents and people wrote them: each rendering escapes. */
export type ReportSection =
  | {
      readonly kind: 'table';
      readonly title: string;
      readonly columns: readonly string[];
      readonly rows: readonly (readonly string[])[];
    }
  | {
      readonly kind: 'list';
      readonly title: string;
      readonly items: readonly string[];
      /** What is said where there are none; without it the part is left out. */
      readonly empty?: string;
    };

/** What stands above the sections, by name. */
export function reportFacts(report: ReportView): readonly (readonly [string, string])[] {
  const { counts, headSha, baseSha, repository, branch, runs, takeovers, amendments, approved } = report;
  return [
    ['Goal', report.goal],
    ['Repository', `${repository ?? 'none'}, branch ${branch}`],
    ['Commits', `${shortCommit(baseSha)} → ${shortCommit(headSha)}`],
    [
      'Assertions',
      `${String(counts.pass)} passed, ${String(counts.fail)} failed, ${String(counts.waived)} waived, of ${String(counts.total)}`,
    ],
    [
      'Contract',
      approved ? `approved by ${approved.by} (${approved.mode}), ${approved.hash}` : 'not approved',
    ],
    ['Runs', `${String(runs)} (${String(takeovers)} taken over), contract amendments: ${String(amendments)}`],
    ['Time', `${report.startedAt} – ${report.endedAt ?? 'now'}${elapsed(report)}`],
    ['Log', `${report.missionId} at ${String(report.seq)}`],
  ];
}

/** The report in the order in which it is read; a part without content is left out, all but what was not proven. */
export function reportSections(report: ReportView): readonly ReportSection[] {
  const { notProven } = report;
  const sections: readonly ReportSection[] = [
    table('Requirements', ['Requirement', 'Shown', 'By'], requirements(report)),
    table('What was built', ['Feature', 'State', 'Attempts', 'Commit'], features(report)),
    table(
      'The contract',
      ['Assertion', 'Verdict', 'Before any work', 'Proof', 'Commit', 'Evidence'],
      assertions(report),
    ),
    table('Checks', ['Round', 'Check', 'Command', 'Exit code'], checks(report)),
    list('Amendments', report.amended.flatMap(amendment)),
    list('Findings', report.findings.map(finding)),
    list(
      'Waived by a person',
      report.waivers.map(({ assertionId, by, reason }) => `${assertionId} by ${by}: ${reason}`),
    ),
    list(
      'Rolled back',
      report.rollBacks.map(
        ({ milestoneId, toSha, reason }) => `${milestoneId} to ${shortCommit(toSha)}: ${reason}`,
      ),
    ),
    {
      ...list('What was not proven', notProven),
      empty: 'Nothing: every assertion is proven at the final commit.',
    },
    list('Claimed, but not measured', report.unmeasured),
    table('Cost', ['Of', 'Runs', 'Turns', 'Tokens in', 'Tokens out', 'Cost'], costs(report)),
  ];
  return sections.filter((section) =>
    section.kind === 'table'
      ? section.rows.length > 0
      : section.items.length > 0 || section.empty !== undefined,
  );
}

export function reportHeadline({ headline }: ReportView): readonly [string, string] {
  return [headlineText(headline), headline.sentence];
}

export function shortCommit(sha: string | undefined): string {
  return sha === undefined ? '–' : sha.slice(0, 12);
}

function table(
  title: string,
  columns: readonly string[],
  rows: readonly (readonly string[])[],
): ReportSection {
  return { kind: 'table', title, columns, rows };
}

function list(title: string, items: readonly string[]): Extract<ReportSection, { kind: 'list' }> {
  return { kind: 'list', title, items };
}

function requirements({ requirements: all }: ReportView): string[][] {
  return all.map(({ id, text, proven, assertionIds }) => [
    `${id} ${text}`,
    proven ? 'yes' : 'no',
    assertionIds.join(', ') || '–',
  ]);
}

function features({ features: all }: ReportView): string[][] {
  return all.map(({ id, title, kind, status, attempts, commit, sourceFindingIds }) => [
    `${id} ${title}${kind === 'planned' ? '' : ` (${[kind, ...sourceFindingIds].join(' ')})`}`,
    status,
    String(attempts),
    shortCommit(commit),
  ]);
}

function assertions({ assertions: all }: ReportView): string[][] {
  return all.map((assertion) => [
    `${assertion.id} ${assertion.statement}`,
    verdictText(assertion),
    assertion.baseline,
    assertion.method,
    shortCommit(assertion.commit),
    assertion.evidence.map(({ kind, artifact }) => `${kind} ${artifact.slice(0, 19)}`).join(', ') || '–',
  ]);
}

function verdictText(assertion: ReportView['assertions'][number]): string {
  const { verdict, verdicts, flaky, evidenceMissing, control, doubt } = assertion;
  const notes = [
    verdicts.length > 1 ? verdicts.join(', ') : '',
    flaky ? 'flaky' : '',
    evidenceMissing ? 'evidence missing' : '',
    control === undefined ? '' : `control ${control}`,
    doubt === undefined ? '' : `doubt: ${doubt}`,
  ].filter(Boolean);
  return notes.length === 0 ? verdict : `${verdict} (${notes.join('; ')})`;
}

/** The last execution of each check tells what is; those before it are in the log. */
function checks({ checks: all }: ReportView): string[][] {
  const last = new Map(all.map((check) => [check.name, check]));
  return [...last.values()].map(({ milestoneId, round, name, command, exitCode }) => [
    `${milestoneId}.${String(round)}`,
    name,
    command,
    exitCode === undefined ? 'none' : String(exitCode),
  ]);
}

function amendment(one: ReportView['amended'][number]): readonly string[] {
  const { number, by, reason } = one;
  return [
    `Amendment ${String(number)}, approved by ${by}: ${reason}`,
    ...amendmentLines(one).map((line) => `Amendment ${String(number)}: ${line}`),
  ];
}

function finding({ id, finding: one, settled, followedBy, fix }: ReportView['findings'][number]): string {
  const how = settled ? `${settled.choice} by ${settled.decidedBy}: ${settled.justification}` : 'not settled';
  const work = fix === undefined ? '' : ` → ${followedBy.join(', ')}: ${fixTexts[fix]}`;
  return `${id} (${one.severity}) ${one.title} — ${how}${work}`;
}

function costs({ cost }: ReportView): string[][] {
  const shares = [...cost.byRole, ...cost.byModel, ...cost.byFeature];
  const runs = cost.byRole.reduce((sum, share) => sum + share.runs, 0);
  if (runs === 0) return [];
  return [
    ...shares.map(({ name, runs: own, usage }) => costRow(name, own, usage)),
    costRow('all', runs, cost.total),
  ];
}

function costRow(name: string, runs: number, usage: Usage): string[] {
  const price = `$${usage.costUsd.toFixed(2)}${usage.unpriced ? ' + unpriced' : ''}`;
  return [name, String(runs), String(usage.turns), String(usage.input), String(usage.output), price];
}

function elapsed({ startedAt, endedAt }: ReportView): string {
  if (endedAt === undefined || startedAt === '') return '';
  const seconds = Math.round((Date.parse(endedAt) - Date.parse(startedAt)) / 1000);
  return seconds < 120 ? ` (${String(seconds)} s)` : ` (${String(Math.round(seconds / 60))} min)`;
}
