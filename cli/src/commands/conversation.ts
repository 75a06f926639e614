import { confirm, isCancel } from '@clack/prompts';
import { deliveryLine, limitTexts, type CommandAccepted, type MessageView } from '@missions/contracts';
import type { Command } from 'commander';
import type { CommandActions } from '../command-action.ts';
import { CliError } from '../cli-error.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Session } from '../session.ts';
import { limitsOf, parseUsd, withLimitOptions, type LimitOptions } from './limits.ts';
import { parseReason } from './parse-reason.ts';
import { printAccepted } from './planning.ts';
import { plainLine } from '../terminal/terminal.ts';

interface WithReason {
  readonly reason?: string;
}

export function registerConversation(program: Command, actions: CommandActions): void {
  registerMessage(program, actions);
  registerLifecycle(program, actions);
  registerFeature(program, actions);
  registerWaiver(program, actions);
  registerBudget(program, actions);
}

function registerMessage(program: Command, actions: CommandActions): void {
  program
    .command('message')
    .description('say something to the mission; it is answered')
    .argument('<id>')
    .argument('<text>')
    .option('--interrupt', 'stop the run that is under way; its work is kept')
    .action(
      actions.handle<{ interrupt?: boolean }>(async ({ api, terminal, options }, id = '', text = '') => {
        const body = { text, interrupt: options.interrupt === true };
        const accepted = await api.command('POST /v1/missions/:id/messages', { params: { id }, body });
        printAccepted(terminal, accepted, heardLine(accepted));
      }),
    );
  program
    .command('messages')
    .description('what was said to a mission, where each message is, and what was answered')
    .argument('<id>')
    .action(
      actions.handle(async ({ api, terminal }, id = '') => {
        const messages = await api.get('GET /v1/missions/:id/messages', { params: { id } });
        terminal.answer({ missionId: id, messages }, () => messages.flatMap(messageLines));
      }),
    );
}

function heardLine({ message }: CommandAccepted): string {
  return message === undefined ? 'was sent the message' : `got ${message.id}: ${deliveryLine(message)}`;
}

function messageLines(message: MessageView): readonly string[] {
  const { id, by, text, answer } = message;
  return [
    `${id} ${plainLine(by)}: ${plainLine(text)}`,
    `    ${deliveryLine(message)}`,
    ...(answer === undefined ? [] : [`    → ${plainLine(answer)}`]),
  ];
}

function registerLifecycle(program: Command, actions: CommandActions): void {
  const pause = program.command('pause').description('pause a mission at the end of the turn');
  const resume = program.command('resume').description('go on after a pause or a block');
  const cancel = program.command('cancel').description('end a mission for good');
  pause
    .argument('<id>')
    .option('--reason <text>', 'why; it is kept in the log', parseReason)
    .action(
      actions.handle<WithReason>(async ({ api, terminal, options: { reason } }, id = '') => {
        const parts = { params: { id }, body: { ...(reason !== undefined && { reason }) } };
        printAccepted(terminal, await api.command('POST /v1/missions/:id/pause', parts), 'paused');
      }),
    );
  resume.argument('<id>').action(
    actions.handle(async ({ api, terminal }, id = '') => {
      const parts = { params: { id }, body: {} };
      printAccepted(terminal, await api.command('POST /v1/missions/:id/resume', parts), 'resumed');
    }),
  );
  cancel
    .argument('<id>')
    .option('--reason <text>', 'why; it is kept in the log', parseReason)
    .action(
      actions.handle<WithReason>(async (session, id = '') => {
        await confirmCancel(session, id);
        const { reason } = session.options;
        const parts = { params: { id }, body: { ...(reason !== undefined && { reason }) } };
        printAccepted(
          session.terminal,
          await session.api.command('POST /v1/missions/:id/cancel', parts),
          'cancelled',
        );
      }),
    );
}

/** It cannot be undone; asked only where somebody can answer. */
async function confirmCancel({ mayAsk }: Session<WithReason>, id: string): Promise<void> {
  if (!mayAsk) return;
  const yes = await confirm({
    message: `Cancel ${id} for good?`,
    initialValue: false,
    output: process.stderr,
  });
  if (isCancel(yes) || !yes)
    throw new CliError(`${id} goes on.`, { code: 'NOT_CONFIRMED', exitCode: exitCodes.interrupted });
}

function registerFeature(program: Command, actions: CommandActions): void {
  const feature = program.command('feature').description('skip a feature, or give it new attempts');
  for (const what of ['skip', 'retry'] as const)
    feature
      .command(what)
      .description(what === 'skip' ? 'go on without a feature' : 'give a feature new attempts')
      .argument('<id>')
      .argument('<feature>', 'for example F-003')
      .requiredOption('--reason <text>', 'why; it is kept in the log', parseReason)
      .action(
        actions.handle<{ reason: string }>(async ({ api, terminal, options }, id = '', featureId = '') => {
          const parts = { params: { id, feature: featureId }, body: { reason: options.reason } };
          const accepted = await api.command(`POST /v1/missions/:id/features/:feature/${what}`, parts);
          printAccepted(
            terminal,
            accepted,
            `${featureId} ${what === 'skip' ? 'skipped' : 'will be tried again'}`,
          );
        }),
      );
}

function registerWaiver(program: Command, actions: CommandActions): void {
  program
    .command('waive')
    .description('accept that an assertion is not proven')
    .argument('<id>')
    .argument('<assertion>')
    .requiredOption('--reason <text>', 'why; it is kept in the log', parseReason)
    .action(
      actions.handle<{ reason: string }>(async ({ api, terminal, options }, id = '', assertionId = '') => {
        const parts = { params: { id }, body: { assertionId, reason: options.reason } };
        const accepted = await api.command('POST /v1/missions/:id/waivers', parts);
        printAccepted(terminal, accepted, `${assertionId} waived`);
      }),
    );
}

function registerBudget(program: Command, actions: CommandActions): void {
  const raise = program
    .command('budget')
    .description('what a mission may use')
    .command('raise')
    .description('give a mission more: each value is the new limit, not the difference')
    .argument('<id>')
    .argument('[usd]', 'the most it may spend');
  withLimitOptions(raise).action(
    actions.handle<LimitOptions>(async ({ api, terminal, options }, id = '', usd = '') => {
      const limits = limitsOf(options, usd === '' ? undefined : usdOf(usd));
      if (Object.keys(limits).length === 0) throw nothingToRaise();
      const accepted = await api.command('POST /v1/missions/:id/budget', { params: { id }, body: limits });
      printAccepted(terminal, accepted, `may use ${limitTexts(limits).join(', ')}`);
    }),
  );
}

function nothingToRaise(): CliError {
  return new CliError('Say what to raise, and to what.', {
    code: 'USAGE',
    exitCode: exitCodes.usage,
    next: 'missions help budget raise',
  });
}

function usdOf(text: string): number {
  try {
    return parseUsd(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CliError(`${text}: ${why}`, { code: 'USAGE', exitCode: exitCodes.usage });
  }
}
