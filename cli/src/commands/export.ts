import { Option, type Command } from 'commander';
import type { CommandActions } from '../command-action.ts';
import { recorded } from './events.ts';

export function registerExport(program: Command, actions: CommandActions): void {
  program
    .command('export')
    .description('the whole mission for other programs')
    .argument('<id>')
    .addOption(
      new Option('--format <format>', 'one CloudEvent per line').choices(['ndjson']).default('ndjson'),
    )
    .action(
      actions.handle(async (session, id = '') => {
        for await (const event of recorded(session, { mission: id })) session.terminal.printJson(event);
      }),
    );
}
