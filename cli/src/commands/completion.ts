import { Argument, type Command } from 'commander';
import type { CommandActions } from '../command-action.ts';
import { completionScript, shells, type Shell } from '../completion/completion-script.ts';

export function registerCompletion(program: Command, actions: CommandActions): void {
  program
    .command('completion')
    .description(
      'what your shell has to read to complete commands and options: eval "$(missions completion bash)"',
    )
    .addArgument(new Argument('<shell>').choices(shells))
    .action(
      actions.handle(({ terminal }, given = '') => {
        const shell = given as Shell;
        const script = completionScript(program, shell);
        terminal.answer({ shell, script }, () => [script.trimEnd()]);
        return Promise.resolve();
      }),
    );
}
