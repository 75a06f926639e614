import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRedactor } from '@missions/kernel';
import type { Delivery, PushRequest, StoredBundle } from '@missions/workspace';
import { GitMissionRepositories } from '@missions/workspace/git';

export interface PushBranch extends PushRequest {
  readonly missionId: string;
  readonly baseSha: string;
  /** Where the base commit is found. */
  readonly source: string;
  readonly bundles: readonly StoredBundle[];
}

/** Pushes a mission's branch from a store of its own that is gone afterwards: no checkout and no service is touched. */
export async function pushBranch(
  { missionId, baseSha, source, bundles, ...request }: PushBranch,
  environment: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Delivery> {
  const stateDir = await mkdtemp(join(tmpdir(), 'missions-pr-'));
  const redactor = createRedactor({ secrets: [] });
  const repositories = new GitMissionRepositories({
    stateDir,
    scan: (_path, text) => redactor.finds(text),
    remoteEnvironment: environment,
  });
  try {
    const repository = await repositories.open({ missionId, source, baseSha, bundles }, signal);
    return await repository.push({ ...request, environment }, signal);
  } finally {
    await rm(stateDir, { recursive: true, force: true });
  }
}
