import type { LockLedger, LockView } from '@missions/contracts';
import type { Command } from 'commander';
import type { Api } from '../api/api.ts';
import { CliError } from '../cli-error.ts';
import type { CommandActions } from '../command-action.ts';
import type { Session } from '../session.ts';
import { registerLockHistory } from './lock-history.ts';
import { registerLockInterventions } from './lock-interventions.ts';
import { ledgerLines, missionLockLines } from './lock-lines.ts';
import { negotiationLines } from './negotiation-lines.ts';

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
  registerLockHistory(locks, actions);
  registerLockInterventions(locks, actions);
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
  const locks = await locksOf(api, mission, ledgers);
  terminal.answer({ missionId: mission, locks: locks ?? [], ledgers }, () => [
    ...(locks ? missionLockLines(locks) : [`${mission} is no mission; it claims for itself.`]),
    '',
    ...ledgerLines(ledgers, { transcripts: true }),
  ]);
}

/** Undefined of an owner that the ledgers know and that is no mission: a program that claims for itself. */
async function locksOf(
  api: Api,
  id: string,
  ledgers: readonly LockLedger[],
): Promise<readonly LockView[] | undefined> {
  try {
    return await api.get('GET /v1/missions/:id/locks', { params: { id } });
  } catch (error) {
    const isUnknown = error instanceof CliError && error.code === 'MISSION_NOT_FOUND';
    if (isUnknown && ownersIn(ledgers).includes(id)) return undefined;
    throw error;
  }
}

function ownersIn(ledgers: readonly LockLedger[]): readonly string[] {
  const talks = ledgers.flatMap(({ negotiations }) => negotiations);
  const claims = ledgers.flatMap(({ held, queue }) => [...held, ...queue]);
  return [...claims, ...talks, ...talks.flatMap(({ holders }) => holders)].map(
    ({ owner }) => owner.missionId,
  );
}
