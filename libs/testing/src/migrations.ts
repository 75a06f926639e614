import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The migrations of the product, as the services run them. */
export const MIGRATIONS = fileURLToPath(new URL('../../../infra/postgres/migrations', import.meta.url));

/** Tells one state of a directory of migrations from any other. */
export function checksumOf(directory: string): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(directory)
    .filter((file) => file.endsWith('.sql'))
    .sort()) {
    hash
      .update(`${name}\0`)
      .update(readFileSync(join(directory, name)))
      .update('\0');
  }
  return hash.digest('hex').slice(0, 16);
}
