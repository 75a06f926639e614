import type { Command } from 'commander';
import { candidatesByPlace, type Candidates } from './candidates.ts';
import { completedCommands } from './command-tree.ts';
import { bashScript } from './bash-script.ts';
import { fishScript } from './fish-script.ts';
import { zshScript } from './zsh-script.ts';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

const scripts: Readonly<Record<Shell, (places: ReadonlyMap<string, Candidates>) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

/** What a shell has to read to complete this program: made from its commands, so that it offers what there is. */
export function completionScript(program: Command, shell: Shell): string {
  return scripts[shell](candidatesByPlace(completedCommands(program)));
}
