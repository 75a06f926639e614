import { fixTexts, type WhyView } from '@missions/contracts';
import type { Command } from 'commander';
import type { CommandActions } from '../command-action.ts';
import { shortSha } from '../terminal/table.ts';
import { plainLine } from '../terminal/terminal.ts';

export function registerWhy(program: Command, actions: CommandActions): void {
  program
    .command('why')
    .description('why an assertion, feature, finding, commit or changed file is what it is')
    .argument('<id>')
    .argument('<what>', 'VAL-AUTH-001, F-003, FIND-2, the first digits of a commit, or the path of a file')
    .action(
      actions.handle(async ({ api, terminal }, id = '', what = '') => {
        const why = await api.get('GET /v1/missions/:id/why/:what', { params: { id, what } });
        terminal.answer(why, () => whyLines(why).map(plainLine));
      }),
    );
}

function whyLines(why: WhyView): readonly string[] {
  const { kind, subject, title, assertion, story, verdicts, commits } = why;
  return [
    assertion ? `${assertion.glyph} ${subject} ${assertion.state}` : `${kind} ${subject}`,
    title,
    ...section('assertions', why.assertions.map(assertionLine)),
    ...section('features', why.features.map(featureLine)),
    ...section(
      'commits',
      commits.map(
        ({ sha, featureId, runId, attempt, undone, accepted }) =>
          `${shortSha(sha)} made for ${featureId} attempt ${String(attempt)} by ${runId}${undone ? ' (rolled back)' : accepted ? '' : ' (not accepted)'}`,
      ),
    ),
    ...section(
      'runs',
      why.runs.map(
        ({ id, role, task, status, model }) =>
          `${id} ${role} ${task} ${status}${model === undefined ? '' : ` ${model}`}`,
      ),
    ),
    ...section(
      'findings',
      why.findings.map(
        ({ id, finding, settled, fix }) =>
          `${id} ${finding.title}: ${settled?.choice ?? 'not settled'}${fix === undefined ? '' : `, ${fixTexts[fix]}`}`,
      ),
    ),
    ...section('story', story),
    ...section(
      'evidence',
      verdicts.flatMap(({ assertionId, evidence }) =>
        evidence.map(
          ({ kind: what, artifact, exitCode }) =>
            `${assertionId} ${what}${exitCode === undefined ? '' : ` exit ${String(exitCode)}`} ${artifact}`,
        ),
      ),
    ),
  ];
}

function assertionLine({ glyph, id, state, baseline, statement }: WhyView['assertions'][number]): string {
  return `${glyph} ${id} ${state} (before any work: ${baseline}): ${statement}`;
}

function featureLine({
  id,
  title,
  kind,
  status,
  headSha,
  sourceFindingIds,
}: WhyView['features'][number]): string {
  const because = sourceFindingIds.length === 0 ? '' : ` because of ${sourceFindingIds.join(', ')}`;
  return `${id} ${title}: ${kind}${because}, ${status} ${shortSha(headSha)}`;
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`${title}:`, ...lines.map((line) => `- ${line}`)];
}
