import { DomainError } from '@missions/kernel';
import { grantedPaths, pathResource, type Mission, type Repository } from '@missions/mission';
import type { ChangedFile, MergeConflict, MissionRepository } from '@missions/workspace';

/** What was committed, and the conflicts that it began with. */
export interface Committed {
  readonly sha: string;
  readonly filesChanged: readonly ChangedFile[];
  readonly conflicts: readonly MergeConflict[];
}

const maxNamed = 20;

/**
 * A run that shares files changes only those it was granted, and those whose conflict it was given to resolve. Refuses
 * OUTSIDE_GRANT with the files.
 */
export function refuseOutsideGrant(
  { integration, repository }: Mission,
  granted: readonly string[],
  { filesChanged, conflicts }: Committed,
): void {
  if (integration !== 'shared' || !repository) return;
  const given = new Set(conflicts.map(({ path }) => path));
  const paths = filesChanged.flatMap(({ path, previousPath }) => [
    path,
    ...(previousPath === undefined ? [] : [previousPath]),
  ]);
  const outside = paths.filter((path) => !given.has(path) && !isGranted(repository, path, granted));
  if (outside.length === 0) return;
  const named = outside.slice(0, maxNamed).join(', ');
  const more = outside.length > maxNamed ? ` and ${String(outside.length - maxNamed)} more` : '';
  throw new DomainError(
    'OUTSIDE_GRANT',
    `${named}${more}: not among what this run was granted, so another mission may be changing it (granted: ${grantedPaths(repository, granted).join(', ')}). Undo these changes, or ask for the files with \`negotiate\` first.`,
    { files: outside.slice(0, 100), granted },
  );
}

function isGranted(repository: Repository, path: string, granted: readonly string[]): boolean {
  const resource = pathResource(repository, path);
  return granted.some((name) => resource === name || resource.startsWith(`${name}/`));
}

/** Git writes the two commits behind the markers; nobody else writes lines like these. */
const marker = /^(?:<{7}|>{7}) [0-9a-f]{40}(?::|$)/;

/** Refuses CONFLICT_LEFT with file and line while a marker of a conflict is in a file that was given with one. */
export async function refuseConflictMarkers(
  repository: Pick<MissionRepository, 'readFile'>,
  { sha, conflicts }: Committed,
  signal?: AbortSignal,
): Promise<void> {
  const left: string[] = [];
  for (const { path } of conflicts) {
    const file = await repository.readFile({ sha, path }, signal);
    if (!file) continue;
    const lines = Buffer.from(file.content).toString('utf8').split(/\r?\n/);
    const line = lines.findIndex((text) => marker.test(text));
    if (line >= 0) left.push(`${path}:${String(line + 1)}`);
  }
  if (left.length === 0) return;
  throw new DomainError(
    'CONFLICT_LEFT',
    `Conflict markers are left in ${left.slice(0, maxNamed).join(', ')}. Keep what both sides wanted, and remove the markers.`,
    { places: left.slice(0, 100) },
  );
}
