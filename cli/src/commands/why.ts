import { fixTexts, type WhyView } from '@missions/contracts';
import type { Command } from 'commander';
import type { CommandActions } from '../command-action.ts';
import { shortSha } from '../terminal/table.ts';
import { plain, plainLine } from '../terminal/terminal.ts';

export function registerWhy(program: Command, actions: CommandActions): void {
  program
    .command('why')
    .description('why an assertion, feature, finding, commit or changed file is what it is')
    .argument('<id>')
    .argument('<what>', 'VAL-AUTH-001, F-003, FIND-2, the first digits of a commit, or the path of a file')
    .option('--full', 'everything that was observed, however long it is')
    .action(
      actions.handle<{ full?: boolean }>(async ({ api, terminal, options }, id = '', what = '') => {
        const why = await api.get('GET /v1/missions/:id/why/:what', { params: { id, what } });
        terminal.answer(why, () => whyLines(why, options.full === true));
      }),
    );
}

function whyLines(why: WhyView, full: boolean): readonly string[] {
  const { kind, subject, title, assertion, story, verdicts, commits } = why;
  return [
    plainLine(assertion ? `${assertion.glyph} ${subject} ${assertion.state}` : `${kind} ${subject}`),
    plainLine(title),
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
    ...storyLines(story, full),
    ...section('evidence (missions artifact DIGEST shows it)', verdicts.flatMap(evidenceLines)),
    ...(!full && story.some(isLong) ? ['Some of it is longer: --full shows all that was observed.'] : []),
  ];
}

/** What was observed may be pages of output; a sentence of the story is a line, unless somebody asks for all of it. */
const LINE = 200;

function storyLines(story: WhyView['story'], full: boolean): readonly string[] {
  if (!full || story.length === 0) return section('story', story.map(clipped));
  return ['story:', ...story.flatMap(item)];
}

function isLong(text: string): boolean {
  return plainLine(text).length > LINE;
}

function clipped(text: string): string {
  const line = plainLine(text);
  return line.length > LINE ? `${line.slice(0, LINE - 1)}…` : line;
}

function evidenceLines({ assertionId, round, evidence }: WhyView['verdicts'][number]): readonly string[] {
  return evidence.map(({ kind, artifact, exitCode, command }) => {
    const ended = exitCode === undefined ? '' : `, exit ${String(exitCode)}`;
    const by = command === undefined ? '' : ` of ${clipped(command)}`;
    return `${assertionId} round ${String(round)}: ${kind}${by}${ended}: ${artifact}`;
  });
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
  return lines.length === 0 ? [] : [`${title}:`, ...lines.map((line) => `- ${plainLine(line)}`)];
}

/** Its further lines are set in, so that it stays one item. */
function item(text: string): readonly string[] {
  const [first = '', ...rest] = plain(text).split('\n');
  return [`- ${first}`, ...rest.map((line) => `    ${line}`)].map((line) => line.trimEnd());
}
