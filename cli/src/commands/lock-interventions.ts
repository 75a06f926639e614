import { confirm, isCancel } from '@clack/prompts';
import { InvalidArgumentError, type Command } from 'commander';
import { CliError } from '../cli-error.ts';
import type { CommandActions } from '../command-action.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Session } from '../session.ts';
import { plainLine } from '../terminal/terminal.ts';
import { findGrant, scopeOfWaiting, type Held } from './find-claim.ts';
import { parseReason } from './parse-reason.ts';

interface Why {
  readonly reason: string;
  readonly yes?: boolean;
}

const LEAST_MINUTES = 0.1;
/** A week, as Mission Control takes it. */
const MOST_MINUTES = 10_080;

/** What people do over the heads of those who hold and wait. */
export function registerLockInterventions(locks: Command, actions: CommandActions): void {
  registerRevoke(locks, actions);
  registerExtend(locks, actions);
  registerReorder(locks, actions);
}

function withWhy(command: Command): Command {
  return command
    .argument('<claim>', 'as missions locks names it')
    .requiredOption('--reason <text>', 'why; it is kept in the log', parseReason)
    .option('--yes', 'do not ask');
}

function registerRevoke(locks: Command, actions: CommandActions): void {
  withWhy(locks.command('revoke').description('take a grant from its holder')).action(
    actions.handle<Why>(async (session, claimId = '') => {
      const { scope, grant } = findGrant(await session.api.get('GET /v1/locks'), claimId);
      const { missionId } = grant.owner;
      const question = `Take ${resources(grant)} from ${missionId}? What its run is doing there is lost.`;
      if (!(await confirmed(session, question)))
        throw new CliError(`What the run of ${claimId} is doing is lost; say --yes to take it.`, {
          code: 'CONFIRMATION_REQUIRED',
          exitCode: exitCodes.usage,
          next: `missions locks revoke ${claimId} --reason R --yes`,
        });
      const body = { claimId, token: grant.token, confirm: true, reason: session.options.reason };
      const changed = await session.api.command('POST /v1/locks/:scope/revoke', { params: { scope }, body });
      session.terminal.answer(changed, () => [plainLine(`${claimId} was taken from ${missionId}.`)]);
    }),
  );
}

function registerExtend(locks: Command, actions: CommandActions): void {
  withWhy(locks.command('extend').description('let a holder keep its grant longer'))
    .requiredOption('--minutes <n>', 'for how long from now, renewed or not', parseKeptMinutes)
    .action(
      actions.handle<Why & { minutes: number }>(async (session, claimId = '') => {
        const { scope, grant } = findGrant(await session.api.get('GET /v1/locks'), claimId);
        const { minutes, reason } = session.options;
        const question = `Leave ${resources(grant)} to ${grant.owner.missionId} for ${String(minutes)} min?`;
        await confirmed(session, question);
        const body = { claimId, token: grant.token, forMs: Math.ceil(minutes * 60_000), reason };
        const parts = { params: { scope }, body };
        const changed = await session.api.command('POST /v1/locks/:scope/extend', parts);
        const answer = `${claimId} is kept for ${String(minutes)} min at least.`;
        session.terminal.answer(changed, () => [plainLine(answer)]);
      }),
    );
}

function registerReorder(locks: Command, actions: CommandActions): void {
  withWhy(locks.command('reorder').description('give a waiting claim another place'))
    .option('--before <claim>', 'right before this one; to the head of the queue unless given')
    .action(
      actions.handle<Why & { before?: string }>(async (session, claimId = '') => {
        const { before, reason } = session.options;
        const scope = await queueOf(session, claimId, before);
        const [question, answer] =
          before === undefined
            ? ['to the head of the queue', 'at the head of the queue']
            : [`right before ${before}`, `right before ${before}`];
        await confirmed(session, `Move ${claimId} ${question}?`);
        const body = { claimId, ...(before !== undefined && { before }), reason };
        const parts = { params: { scope }, body };
        const changed = await session.api.command('POST /v1/locks/:scope/reorder', parts);
        session.terminal.answer(changed, () => [plainLine(`${claimId} is now ${answer}.`)]);
      }),
    );
}

/** The scope in which both wait; what was said is refused here, in words for whoever said it. */
async function queueOf({ api }: Session<Why>, claimId: string, before: string | undefined): Promise<string> {
  const toTheHead = `missions locks reorder ${claimId} --reason R moves it to the head of the queue`;
  if (before === claimId)
    throw new CliError(`--before names ${claimId} itself.`, {
      ...{ code: 'USAGE', exitCode: exitCodes.usage, next: toTheHead },
    });
  const ledgers = await api.get('GET /v1/locks');
  const scope = scopeOfWaiting(ledgers, claimId);
  const other = before === undefined ? scope : scopeOfWaiting(ledgers, before);
  if (other === scope) return scope;
  throw new CliError(
    `${claimId} waits in ${scope} and ${String(before)} in ${other}: those are two queues.`,
    {
      ...{ code: 'OTHER_QUEUE', exitCode: exitCodes.conflict, next: toTheHead },
    },
  );
}

/** Whether a person said yes, by option or when asked; false where nobody can be asked. */
async function confirmed({ mayAsk, options }: Session<Why>, message: string): Promise<boolean> {
  if (options.yes === true) return true;
  if (!mayAsk) return false;
  const yes = await confirm({ message: plainLine(message), initialValue: false, output: process.stderr });
  if (isCancel(yes) || !yes)
    throw new CliError('Nothing was changed.', { code: 'NOT_CONFIRMED', exitCode: exitCodes.interrupted });
  return true;
}

function parseKeptMinutes(text: string): number {
  const minutes = Number(text);
  if (minutes >= LEAST_MINUTES && minutes <= MOST_MINUTES) return minutes;
  throw new InvalidArgumentError(
    `Give minutes from ${String(LEAST_MINUTES)} to ${String(MOST_MINUTES)}, which is a week.`,
  );
}

function resources({ resources: wants }: Held): string {
  return wants.map(({ resource }) => resource).join(', ');
}
