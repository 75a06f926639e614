import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Deposit } from './evidence.ts';

const LARGEST_BYTES = 64 * 1024 * 1024;

/** What the services logged and what JetStream holds on disk. */
export function gatherDeposits(stateDir: string): readonly Deposit[] {
  return ['logs', 'nats'].flatMap((name) => textsBelow(join(stateDir, name)));
}

function textsBelow(directory: string): readonly Deposit[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .flatMap((path) => {
      try {
        if (statSync(path).size > LARGEST_BYTES) return [];
        return [{ where: path, text: readFileSync(path, 'latin1') }];
      } catch {
        // A file of a running server may go away between the listing and the look.
        return [];
      }
    });
}
