import { randomUUID } from 'node:crypto';
import type { DependencyLayer, EgressProxy, MissionRepository } from '@missions/workspace';
import { layerKey } from '@missions/workspace/sandbox';
import type { Surroundings } from './surroundings.ts';

/** A first install of a large project takes its time. */
export const setupLimitMs = 900_000;

/** Files that say which dependencies an install brings; the layer is made anew when one of them changes. */
const lockfileNames = [
  'package.json',
  'package-lock.json',
  'npm-shrinkwrap.json',
  'yarn.lock',
  'pnpm-lock.yaml',
  'requirements.txt',
  'poetry.lock',
  'uv.lock',
  'Cargo.lock',
  'go.sum',
  'Gemfile.lock',
] as const;

export interface DependencyRequest {
  /** `environment.setup` of the brief. */
  readonly command: string;
  readonly repository: MissionRepository;
  readonly sha: string;
  readonly signal: AbortSignal;
}

/**
 * The dependencies of a commit, installed once by the engine in a session whose only way out is the proxy.
 * Refuses with `ENVIRONMENT` when the command fails.
 */
export async function prepareDependencies(
  surroundings: Surroundings,
  { command, repository, sha, signal }: DependencyRequest,
): Promise<DependencyLayer> {
  const key = layerKey(command, await lockfilesAt(repository, sha, signal), surroundings.toolchainKey);
  const snapshot = surroundings.places.workspace(`layer-${randomUUID()}`);
  let proxy: EgressProxy | undefined;
  try {
    await repository.checkoutClean({ sha, directory: snapshot }, signal);
    proxy = await surroundings.openEgress();
    await surroundings.adopt(snapshot);
    return await surroundings.layers.prepare({
      key,
      command,
      snapshot,
      timeoutMs: setupLimitMs,
      signal,
      ...(proxy && { egress: proxy }),
    });
  } finally {
    await proxy?.close();
    await repository.removeWorkspace({ directory: snapshot });
  }
}

async function lockfilesAt(
  repository: MissionRepository,
  sha: string,
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>>> {
  const found: [string, string][] = [];
  for (const path of lockfileNames) {
    const file = await repository.readFile({ sha, path }, signal);
    if (file) found.push([path, Buffer.from(file.content).toString('utf8')]);
  }
  return Object.fromEntries(found);
}
