import type { ClaimedRun } from '@missions/runs';
import { prepareDependencies, setupLimitMs, type Surroundings } from '@missions/runtime';
import type { DependencyLayer } from '@missions/workspace';
import type { ProofSite } from '../proof/index.ts';

/**
 * The dependencies of the untouched base, prepared once when they are first needed. A base whose dependencies cannot be
 * installed is looked at without them: what it runs then fails by that, and hides nothing.
 */
export function baseLayerOf(
  { mission, held, workSignal: signal }: ClaimedRun,
  surroundings: Surroundings,
  { repository, baseSha: sha }: Pick<ProofSite, 'repository' | 'baseSha'>,
): () => Promise<DependencyLayer | undefined> {
  const command = mission.brief?.environment.setup;
  let prepared: Promise<DependencyLayer | undefined> | undefined;
  const prepare = async (): Promise<DependencyLayer | undefined> => {
    if (command === undefined) return undefined;
    held.show({ lastLine: command.slice(0, 120), quietMs: setupLimitMs });
    return prepareDependencies(surroundings, { command, repository, sha, signal }).catch(() => {
      signal.throwIfAborted();
      return undefined;
    });
  };
  return () => (prepared ??= prepare());
}
