import type { Command } from 'commander';
import { CliError } from '../cli-error.ts';
import type { CommandActions } from '../command-action.ts';
import { exitCodes } from '../exit-codes.ts';
import { table } from '../terminal/table.ts';
import { plainLine, type Terminal } from '../terminal/terminal.ts';
import type { ApprovalView, CommandAccepted, PlanView, QuestionView } from '@missions/contracts';
import { estimateLine } from './cost.ts';
import { parseReason } from './parse-reason.ts';
import { look } from './wait-for-mission.ts';

export function registerPlanning(program: Command, actions: CommandActions): void {
  registerQuestions(program, actions);
  registerPlan(program, actions);
  registerApprovals(program, actions);
}

function registerQuestions(program: Command, actions: CommandActions): void {
  program
    .command('questions')
    .description('what scoping asks, with answers and assumptions')
    .argument('<id>')
    .action(
      actions.handle(async (session, id = '') => {
        const { questions } = await look(session, id);
        session.terminal.answer({ missionId: id, questions }, () => questionLines(id, questions));
      }),
    );
  program
    .command('answer')
    .description('answer a question; "you decide" leaves it to the orchestrator')
    .argument('<id>')
    .argument('<question>', 'for example Q1')
    .argument('<value>', 'the id of an option, or your own words')
    .action(
      actions.handle(async ({ api, terminal }, id = '', questionId = '', value = '') => {
        const body = { answers: [{ questionId, value }] };
        const accepted = await api.command('POST /v1/missions/:id/answers', { params: { id }, body });
        printAccepted(terminal, accepted, `answered ${questionId}`);
      }),
    );
}

function registerPlan(program: Command, actions: CommandActions): void {
  program
    .command('plan')
    .description('milestones, features, and the assertions they have to make true')
    .argument('<id>')
    .action(
      actions.handle(async ({ api, terminal }, id = '') => {
        const plan = await api.get('GET /v1/missions/:id/plan', { params: { id } });
        terminal.answer(plan, () => planLines(terminal, plan));
      }),
    );
  program
    .command('approve')
    .description('approve the plan and freeze its contract')
    .argument('<id>')
    .option('--hash <hash>', 'the plan you read; the present one unless given')
    .action(
      actions.handle<{ hash?: string }>(async ({ api, terminal, options }, id = '') => {
        const hash = options.hash ?? (await api.get('GET /v1/missions/:id/plan', { params: { id } })).hash;
        const body = { decision: 'approve', ...(hash !== undefined && { hash }) };
        const accepted = await api.command('POST /v1/missions/:id/approval', { params: { id }, body });
        printAccepted(terminal, accepted, 'approved');
      }),
    );
  program
    .command('reject')
    .description('send the plan back with a reason')
    .argument('<id>')
    .requiredOption('--reason <text>', 'why; it is kept in the log', parseReason)
    .action(
      actions.handle<{ reason: string }>(async ({ api, terminal, options }, id = '') => {
        const body = { decision: 'reject', reason: options.reason };
        const accepted = await api.command('POST /v1/missions/:id/approval', { params: { id }, body });
        printAccepted(terminal, accepted, 'rejected');
      }),
    );
}

function registerApprovals(program: Command, actions: CommandActions): void {
  program
    .command('approvals')
    .description('everything that waits for a decision, over all missions')
    .action(
      actions.handle(async ({ api, terminal }) => {
        const approvals = await api.get('GET /v1/approvals');
        terminal.answer({ approvals }, () => approvalLines(approvals));
      }),
    );
  program
    .command('decide')
    .description('decide an approval')
    .argument('<approval>', 'for example m-7f3k2a:APR-1')
    .argument('<yes|no>')
    .option('--reason <text>', 'why; asked for with no', parseReason)
    .action(
      actions.handle<{ reason?: string }>(async ({ api, terminal, options }, id = '', answer = '') => {
        const decision = decisionOf(answer);
        const { reason } = options;
        const body = { decision, ...(reason !== undefined && { reason }) };
        const accepted = await api.command('POST /v1/approvals/:id', { params: { id }, body });
        printAccepted(terminal, accepted, `${id} ${decision}`);
      }),
    );
}

function decisionOf(answer: string): 'approved' | 'rejected' {
  if (answer === 'yes' || answer === 'no') return answer === 'yes' ? 'approved' : 'rejected';
  throw new CliError(`${answer} is neither yes nor no.`, { code: 'USAGE', exitCode: exitCodes.usage });
}

/** What every command answers: it happened, at this version. */
export function printAccepted(terminal: Terminal, accepted: CommandAccepted, what: string): void {
  terminal.answer(accepted, () => [`${accepted.missionId} ${what} (seq ${String(accepted.seq)})`]);
}

function questionLines(id: string, questions: readonly QuestionView[]): readonly string[] {
  if (questions.length === 0) return ['No questions.'];
  return questions.flatMap(({ question, state, answer, answeredBy, assumption }) => [
    `${state === 'open' ? '?' : '✓'} ${question.id} ${plainLine(question.text)}`,
    ...(question.why === '' ? [] : [`    why: ${plainLine(question.why)}`]),
    ...question.options.map(
      ({ id: option, label, consequence }) =>
        `    ${option}: ${plainLine(label)}${consequence === '' ? '' : ` — ${plainLine(consequence)}`}`,
    ),
    ...(state === 'open'
      ? [
          `    → missions answer ${id} ${question.id} VALUE${question.default === undefined ? '' : ` (default: ${plainLine(question.default)})`}`,
        ]
      : [
          `    ${state === 'answered' ? `${answeredBy ?? ''}: ${plainLine(answer ?? '')}` : `assumed: ${plainLine(assumption ?? question.default ?? '')}`}`,
        ]),
  ]);
}

function planLines(terminal: Terminal, plan: PlanView): readonly string[] {
  if (plan.stage === 'none') return ['No plan yet.'];
  const assertions = new Map(plan.assertions.map((one) => [one.definition.id, one]));
  return [
    `${terminal.style('bold', plainLine(plan.brief?.title ?? ''))}   plan ${String(plan.revision)}, ${plan.approved ? 'approved' : plan.stage}`,
    ...(plan.hash === undefined ? [] : [`hash ${plan.hash}`]),
    ...(plan.outline?.summary ? [plainLine(plan.outline.summary)] : []),
    ...estimateLine(plan),
    ...plan.returnedBecause.map((reason) => `! sent back: ${plainLine(reason)}`),
    ...plan.milestones.flatMap((milestone) => [
      '',
      terminal.style('bold', `${milestone.id} ${plainLine(milestone.title)}`),
      ...milestone.features.flatMap((feature) => [
        `  ${feature.id} ${plainLine(feature.title)}   ${feature.status}`,
        ...feature.definition.fulfils.map((assertionId) => {
          const assertion = assertions.get(assertionId);
          return `      ${assertionId} ${plainLine(assertion?.definition.statement ?? '')}  (${assertion?.definition.proof.method ?? ''}; base: ${assertion?.baseline ?? ''})`;
        }),
      ]),
    ]),
    ...(plan.stage === 'baselined' && !plan.approved ? ['', `→ missions approve ${plan.missionId}`] : []),
  ];
}

function approvalLines(approvals: readonly ApprovalView[]): readonly string[] {
  if (approvals.length === 0) return ['Nothing waits for a decision.'];
  const rows = approvals.map(({ id, kind, missionTitle, summary }) => [id, kind, missionTitle, summary]);
  return [
    ...table(['approval', 'kind', 'mission', 'what'], rows),
    ...approvals.flatMap((approval) => estimateLine(approval).map((line) => `${approval.id} ${line}`)),
    '',
    '→ missions decide APPROVAL yes|no',
  ];
}
