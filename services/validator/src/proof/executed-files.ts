import { posix } from 'node:path';
import type { Proof } from '@missions/mission';
import type { ContractFile } from './contract-files.ts';

const program = /\.(?:[cm]?js|sh|bash|py)$/;

/**
 * The contract's files that a proof executes or loads, so that they have to parse; the others are data of the proof,
 * which may be broken on purpose.
 */
export function executedFiles(
  { command = '', setup = '' }: Pick<Proof, 'command' | 'setup'>,
  files: readonly ContractFile[],
): readonly ContractFile[] {
  const calls = `${setup}\n${command}`.split(/[;|&\n]+/);
  const named = files.filter(({ path }) => program.test(path) && calls.some((call) => executes(call, path)));
  const mentioned = files.some(({ path }) => calls.some((call) => call.includes(posix.basename(path))));
  const roots = named.length > 0 || mentioned ? named : files.filter(({ path }) => program.test(path));
  return withImports(roots, files);
}

/** In one call only its first script is executed, what follows are its arguments; a test runner executes all it is given. */
function executes(call: string, path: string): boolean {
  const scripts = call.split(/[\s"'()]+/).filter((word) => program.test(word) && !word.startsWith('-'));
  const isNamed = (word: string | undefined): boolean => word?.endsWith(path) === true;
  return /\s--test(?:\s|$)/.test(call) ? scripts.some(isNamed) : isNamed(scripts[0]);
}

function withImports(
  roots: readonly ContractFile[],
  files: readonly ContractFile[],
): readonly ContractFile[] {
  const found = new Set(roots);
  for (const file of found) {
    const imports = Buffer.from(file.bytes)
      .toString('utf8')
      .matchAll(/(?:\bfrom|\bimport|\bimport\(|\brequire\()\s*['"](\.[^'"]+)['"]/g);
    for (const [, specifier = ''] of imports) {
      const place = posix.join(posix.dirname(file.path), specifier);
      const imported = files.find(({ path }) => path === place);
      if (imported) found.add(imported);
    }
  }
  return [...found];
}
