import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { adminTokenFile } from './secrets.ts';

const endpointSchema = z.object({
  apiUrl: z.url(),
  port: z.int(),
  pid: z.int(),
  /** Where each process of a service answers for its health and measures. */
  services: z.array(z.object({ name: z.string(), url: z.url(), logFile: z.string() })).default([]),
});

/** Where the API and the services of a state directory's stack answer, for commands started later. */
export type Endpoint = z.infer<typeof endpointSchema>;

export function writeEndpoint(state: string, endpoint: Endpoint): void {
  const path = endpointPath(state);
  writeFileSync(`${path}.new`, `${JSON.stringify(endpoint)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** Undefined when no stack was ever started here, or it was stopped. */
export function readEndpoint(state: string): Endpoint | undefined {
  const path = endpointPath(state);
  if (!existsSync(path)) return undefined;
  const parsed = endpointSchema.safeParse(JSON.parse(readFileSync(path, 'utf8')));
  return parsed.success ? parsed.data : undefined;
}

export function forgetEndpoint(state: string): void {
  rmSync(endpointPath(state), { force: true });
}

/** The administrator's token of a state directory; undefined when there is none or it is not ours to read. */
export function readAdminToken(state: string): string | undefined {
  try {
    return readFileSync(adminTokenFile(state), 'utf8').trim();
  } catch {
    return undefined;
  }
}

function endpointPath(state: string): string {
  return join(state, 'api.json');
}
