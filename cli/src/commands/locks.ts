import type { Command } from 'commander';
import type { CommandActions } from '../command-action.ts';
import type { Session } from '../session.ts';
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
  const locks = await api.get('GET /v1/missions/:id/locks', { params: { id: mission } });
  terminal.answer({ missionId: mission, locks, ledgers }, () => [
    ...missionLockLines(locks),
    '',
    ...ledgerLines(ledgers, { transcripts: true }),
  ]);
}
