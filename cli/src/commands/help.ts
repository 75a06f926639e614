import type { Command } from 'commander';

/** Commander's own takes one word, and shows for `locks revoke` what `locks` does. */
export function registerHelp(program: Command): void {
  program.helpCommand(false);
  program
    .command('help')
    .description('what a command does and takes')
    .argument('[command...]', 'for example locks revoke')
    .action((words: readonly string[]) => {
      commandOf(program, words).help();
    });
}

/** What stands behind a command without commands of its own are its arguments. */
function commandOf(program: Command, words: readonly string[]): Command {
  let found = program;
  for (const word of words) {
    if (found.commands.length === 0) return found;
    const below = found.commands.find((one) => one.name() === word);
    if (!below) program.error(`error: unknown command '${words.join(' ')}'`);
    found = below;
  }
  return found;
}
