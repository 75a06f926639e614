import { counted, headlineText, waitText, type MissionCard, type MissionView } from '@missions/contracts';
import type { Command } from 'commander';
import type { CommandActions } from '../command-action.ts';
import { exitCodeOfMission, exitCodes } from '../exit-codes.ts';
import { duration, money, shortSha, table } from '../terminal/table.ts';
import { plainLine, type Terminal } from '../terminal/terminal.ts';
import { look } from './wait-for-mission.ts';

export function registerLooking(program: Command, actions: CommandActions): void {
  program
    .command('list')
    .description('all missions, those that need you first')
    .action(
      actions.handle(async ({ api, terminal }) => {
        const missions = await api.get('GET /v1/missions');
        terminal.answer({ missions }, () => listLines(missions));
      }),
    );
  program
    .command('show')
    .description('one mission at a glance')
    .argument('<id>')
    .option('--line', 'one line, for a prompt or a status bar; the exit code says what it needs')
    .option('--at <seq>', 'as it was at this version')
    .action(
      actions.handle<{ line?: boolean; at?: string }>(async (session, id = '') => {
        const { api, terminal, options } = session;
        const view =
          options.at === undefined
            ? await look(session, id)
            : await api.get('GET /v1/missions/:id', { params: { id }, query: { at: options.at } });
        terminal.answer(view, () => (options.line === true ? [oneLine(view)] : missionLines(terminal, view)));
        return options.line === true ? (exitCodeOfMission(view) ?? exitCodes.ok) : exitCodes.ok;
      }),
    );
}

function listLines(missions: readonly MissionCard[]): readonly string[] {
  if (missions.length === 0) return ['No missions yet. missions new "GOAL" --repo PATH'];
  return table(
    ['mission', 'state', 'features', 'proven', 'cost', 'title'],
    missions.map(({ id, headline, features, assertions, spend, title }) => [
      id,
      headlineText(headline),
      `${String(features.done)}/${String(features.total)}`,
      `${String(assertions.pass)}/${String(assertions.total)}`,
      spendText(spend),
      title,
    ]),
  );
}

function oneLine(view: MissionView): string {
  const { id, title, headline, features, assertions, spend, seq } = view;
  const parts = [
    id,
    title,
    headlineText(headline),
    `${String(features.done)}/${String(features.total)}`,
    `${String(assertions.pass)}✓ ${String(assertions.fail)}✗`,
    spendText(spend),
    `seq ${String(seq)}`,
  ];
  return parts.map(plainLine).join('  ');
}

/** The order is the same on every surface: headline, vitals, plan, now. */
function missionLines(terminal: Terminal, view: MissionView): readonly string[] {
  const { id, title, headline, features, assertions, seq, repository, head, branch } = view;
  const elapsedMs = Date.now() - Date.parse(view.createdAt);
  return [
    `${terminal.style('bold', id)} ${plainLine(title)}   ${terminal.style('bold', headlineText(headline))}`,
    `  ${plainLine(headline.sentence)}${headline.action === undefined ? '' : ` → ${headline.action}`}`,
    ...blockLines(view),
    `  ${duration(elapsedMs)} since it began   features ${String(features.done)}/${String(features.total)}   ` +
      `contract ${String(assertions.pass)}✓ ${String(assertions.fail)}✗ ${String(assertions.waived)}W of ${String(assertions.total)}   ` +
      `${spendText(view.spend)}   seq ${String(seq)}`,
    ...(view.milestones.length === 0 ? [] : [`  ${view.milestones.map(milestoneText).join('  ')}`]),
    ...nowLines(view),
    `  ${plainLine(repository?.url ?? 'no repository')}  ${branch} at ${shortSha(head)}${sharingText(view)}`,
    ...view.questions
      .filter(({ state }) => state === 'open')
      .map(({ question }) => `  ? ${question.id} ${plainLine(question.text)}`),
    ...view.approvals.map(
      ({ id: approval, kind, summary }) => `  ? ${approval} (${kind}) ${plainLine(summary)}`,
    ),
  ];
}

/** Only what is not as usual: a mission by itself, neutral, of no special priority. */
function sharingText({ integration, stance, priority }: MissionView): string {
  const said = [
    ...(integration === 'shared' ? ['shares its files'] : []),
    ...(stance === 'neutral' ? [] : [stance]),
    ...(priority === 0 ? [] : [`priority ${String(priority)}`]),
  ];
  return said.length === 0 ? '' : `  ${said.join(', ')}`;
}

/** What is still open where a mission cannot go on by itself; its first line is in the headline. */
function blockLines({ block }: MissionView): readonly string[] {
  const [, ...lines] = (block?.detail ?? '').split('\n');
  return lines.map((line) => `    ${line.startsWith(' ') ? '  ' : ''}${plainLine(line)}`);
}

function nowLines({ now }: MissionView): readonly string[] {
  if (now === undefined) return [];
  const { id, role, task, subject, model, live, status, waitingFor, refusedClose } = now;
  const about = subject.feature ?? subject.milestone ?? '';
  const values = [
    model ?? '',
    live?.costUsd === undefined ? '' : money(live.costUsd),
    live?.contextPct === undefined ? '' : `context ${String(Math.round(live.contextPct))}%`,
    live?.lastLine ?? '',
    waitingFor === undefined ? '' : waitLine(waitingFor),
  ];
  const text = [id, role, task, about, status, ...values].filter(Boolean).map(plainLine).join(' · ');
  return [
    `  now  ${text}`,
    ...(refusedClose === undefined
      ? []
      : [
          `       its end was refused ${counted(refusedClose.count, 'time')}, the last: ${plainLine(refusedClose.last)}`,
        ]),
  ];
}

function waitLine(waitingFor: NonNullable<NonNullable<MissionView['now']>['waitingFor']>): string {
  const { sinceAt } = waitingFor;
  const forHow = sinceAt === undefined ? '' : ` for ${duration(Date.now() - Date.parse(sinceAt))}`;
  return `${waitText(waitingFor)}${forHow}`;
}

const MILESTONE_GLYPHS: Readonly<Record<string, string>> = {
  pending: '○',
  building: '▶',
  validating: '⟳',
  triaging: '⟳',
  passed: '✓',
};

function milestoneText({ id, status, features }: MissionView['milestones'][number]): string {
  return `${id} ${MILESTONE_GLYPHS[status] ?? '·'} ${String(features.done)}/${String(features.total)}`;
}

export function spendText({ usd, budgetUsd, unpriced }: MissionView['spend']): string {
  const spent = budgetUsd === undefined ? money(usd) : `${money(usd)}/${money(budgetUsd)}`;
  return unpriced ? `${spent} + unpriced` : spent;
}
