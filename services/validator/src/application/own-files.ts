import { startOfWork, type Mission } from '@missions/mission';
import type { MissionRepository } from '@missions/workspace';
import type { Change } from '../rules/index.ts';

/** The files of a change that the mission's own runs changed: what was merged from others is theirs to answer for. */
export async function ownFiles(
  change: Change,
  { handoffs }: Pick<Mission, 'handoffs'>,
  {
    repository,
    signal,
  }: { readonly repository: Pick<MissionRepository, 'diff'>; readonly signal: AbortSignal },
): Promise<Change> {
  if (handoffs.every(({ captured }) => captured.integrated === undefined)) return change;
  const own = new Set<string>();
  for (const { claim, captured } of handoffs) {
    if (claim.outcome !== 'success') continue;
    const range = { from: startOfWork(captured), to: captured.headSha };
    const { files } = await repository.diff({ ...range, maxPatchBytes: 1 }, signal);
    for (const { path } of files) own.add(path);
  }
  return { ...change, files: change.files.filter(({ path }) => own.has(path)) };
}
