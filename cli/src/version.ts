import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** As it was released; read where the package is, in sources and compiled alike. */
export function programVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return z.object({ version: z.string() }).parse(manifest).version;
}
