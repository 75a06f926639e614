import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SetupError } from '@missions/local';
import type { ServiceName } from '@missions/runtime';

/** The product's own folder, from `cli/src/stack` as from `cli/dist/stack`. */
const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');

const ENTRIES: Readonly<Record<ServiceName, string>> = {
  'orchestrator-decide': 'services/orchestrator/dist/decide/main.js',
  'orchestrator-agents': 'services/orchestrator/dist/agents/main.js',
  worker: 'services/worker/dist/main.js',
  validator: 'services/validator/dist/main.js',
  'resource-lock': 'services/resource-lock/dist/main.js',
  'mission-control': 'services/mission-control/dist/main.js',
};

export function migrationsDirectory(): string {
  return join(root, 'infra/postgres/migrations');
}

/** The compiled program of a service; refuses with what to run when it was not compiled. */
export function entryOf(service: ServiceName): string {
  const path = join(root, ENTRIES[service]);
  if (existsSync(path)) return path;
  throw new SetupError(
    'NOT_BUILT',
    `The service ${service} is not compiled (${ENTRIES[service]} is missing).`,
    {
      remedy: 'Run: npm run setup',
      evidence: { service },
    },
  );
}
