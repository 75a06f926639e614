import type { LockLedger } from '@missions/contracts';
import type { Command } from 'commander';
import { confirm, isCancel } from '@clack/prompts';
import { CliError } from '../cli-error.ts';
import type { CommandActions } from '../command-action.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Session } from '../session.ts';
import { parseAmount } from './limits.ts';
import { ledgerLines, missionLockLines } from './lock-lines.ts';
import { negotiationLines } from './negotiation-lines.ts';

interface Why {
  readonly reason: string;
  readonly yes?: boolean;
}

type Held = LockLedger['held'][number];
type Waiting = LockLedger['queue'][number];

export function registerLocks(program: Command, actions: CommandActions): void {
  const locks = program
    .command('locks')
    .description('what missions share: who holds it, who waits for whom, what was negotiated')
    .option('--mission <id>', 'only what concerns this mission')
    .option('--resource <name>', 'only what concerns this resource, for example port:/local/8080')
    .action(actions.handle<{ mission?: string; resource?: string }>(showLocks));
  locks
    .command('negotiation')
    .description('everything that was said in one negotiation')
    .argument('<id>', 'as missions locks names it')
    .action(
      actions.handle(async ({ api, terminal }, id = '') => {
        const said = await api.get('GET /v1/locks/negotiations/:id', { params: { id } });
        terminal.answer(said, () => negotiationLines(said));
      }),
    );
  registerRevoke(locks, actions);
  registerExtend(locks, actions);
  registerReorder(locks, actions);
}

async function showLocks({
  api,
  terminal,
  options: { mission, resource },
}: Session<{ mission?: string; resource?: string }>): Promise<void> {
  const ledgers = await api.get('GET /v1/locks', { query: { mission, resource } });
  if (mission === undefined) {
    terminal.answer({ ledgers }, () => ledgerLines(ledgers, { transcripts: resource !== undefined }));
    return;
  }
  const locks = await api.get('GET /v1/missions/:id/locks', { params: { id: mission } });
  terminal.answer({ missionId: mission, locks, ledgers }, () => [
    ...missionLockLines(locks),
    '',
    ...ledgerLines(ledgers, { transcripts: true }),
  ]);
}

function withWhy(command: Command): Command {
  return command
    .requiredOption('--reason <text>', 'why; it is kept in the log')
    .option('--yes', 'do not ask');
}

function registerRevoke(locks: Command, actions: CommandActions): void {
  withWhy(
    locks
      .command('revoke')
      .description('take a grant from its holder')
      .argument('<claim>', 'as missions locks names it'),
  ).action(
    actions.handle<Why>(async (session, claimId = '') => {
      const { scope, held } = await heldClaim(session, claimId);
      const agreed = await confirmed(
        session,
        `Take ${resources(held)} from ${held.owner.missionId}? What its run is doing there is lost.`,
      );
      if (!agreed)
        throw new CliError(`What the run of ${claimId} is doing is lost; say --yes to take it.`, {
          code: 'CONFIRMATION_REQUIRED',
          exitCode: exitCodes.usage,
          next: `missions locks revoke ${claimId} --reason R --yes`,
        });
      const body = { claimId, token: held.token, confirm: true, reason: session.options.reason };
      const changed = await session.api.command('POST /v1/locks/:scope/revoke', { params: { scope }, body });
      session.terminal.answer(changed, () => [`${claimId} was taken from ${held.owner.missionId}.`]);
    }),
  );
}

function registerExtend(locks: Command, actions: CommandActions): void {
  withWhy(
    locks
      .command('extend')
      .description('let a holder keep its grant longer')
      .argument('<claim>', 'as missions locks names it'),
  )
    .requiredOption('--minutes <n>', 'for how long from now, renewed or not', parseAmount)
    .action(
      actions.handle<Why & { minutes: number }>(async (session, claimId = '') => {
        const { minutes, reason } = session.options;
        const { scope, held } = await heldClaim(session, claimId);
        const question = `Leave ${resources(held)} to ${held.owner.missionId} for ${String(minutes)} min?`;
        await confirmed(session, question);
        const body = { claimId, token: held.token, forMs: Math.ceil(minutes * 60_000), reason };
        const parts = { params: { scope }, body };
        const changed = await session.api.command('POST /v1/locks/:scope/extend', parts);
        session.terminal.answer(changed, () => [`${claimId} is kept for ${String(minutes)} min at least.`]);
      }),
    );
}

function registerReorder(locks: Command, actions: CommandActions): void {
  withWhy(
    locks
      .command('reorder')
      .description('give a waiting claim another place')
      .argument('<claim>', 'as missions locks names it'),
  )
    .option('--before <claim>', 'right before this one; to the head of the queue unless given')
    .action(
      actions.handle<Why & { before?: string }>(async (session, claimId = '') => {
        const { before, reason } = session.options;
        const scope = await scopeOfWaiting(session, claimId);
        const place = before === undefined ? 'the head of the queue' : `before ${before}`;
        await confirmed(session, `Move ${claimId} to ${place}?`);
        const body = { claimId, ...(before !== undefined && { before }), reason };
        const parts = { params: { scope }, body };
        const changed = await session.api.command('POST /v1/locks/:scope/reorder', parts);
        session.terminal.answer(changed, () => [`${claimId} is now at ${place}.`]);
      }),
    );
}

/** Whether a person said yes, by option or when asked; false where nobody can be asked. */
async function confirmed({ mayAsk, options }: Session<Why>, message: string): Promise<boolean> {
  if (options.yes === true) return true;
  if (!mayAsk) return false;
  const yes = await confirm({ message, initialValue: false, output: process.stderr });
  if (isCancel(yes) || !yes)
    throw new CliError('Nothing was changed.', { code: 'NOT_CONFIRMED', exitCode: exitCodes.interrupted });
  return true;
}

/** The grant as it is now; with its token, so that a later grant of the same claim is not meant. */
async function heldClaim(
  { api }: Session<Why>,
  claimId: string,
): Promise<{ readonly scope: string; readonly held: Held }> {
  for (const { scope, held } of await api.get('GET /v1/locks')) {
    const found = held.find((one) => one.claimId === claimId);
    if (found) return { scope, held: found };
  }
  throw notThere(claimId, 'holds nothing');
}

async function scopeOfWaiting({ api }: Session<Why>, claimId: string): Promise<string> {
  const isIt = (one: Waiting): boolean => one.claimId === claimId;
  const ledger = (await api.get('GET /v1/locks')).find(({ queue }) => queue.some(isIt));
  if (!ledger) throw notThere(claimId, 'waits in no queue');
  return ledger.scope;
}

function notThere(claimId: string, what: string): CliError {
  return new CliError(`${claimId} ${what}.`, {
    code: 'UNKNOWN_CLAIM',
    exitCode: exitCodes.notFound,
    next: 'missions locks',
  });
}

function resources({ resources: wants }: Held): string {
  return wants.map(({ resource }) => resource).join(', ');
}
