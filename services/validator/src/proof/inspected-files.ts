import { pathPattern, type PathMatcher } from '@missions/agent-tools';
import type { InspectionRule } from '@missions/mission';
import type { CommittedFile, MissionRepository } from '@missions/workspace';
import { lineChanges } from '../rules/line-changes.ts';
import type { ProofSite } from './proof-site.ts';

/** A file that a rule is about; `before` is the same file at the base, where it existed. */
export interface InspectedFile {
  readonly path: string;
  /** Absent where the commit deleted it. */
  readonly now?: CommittedFile | undefined;
  readonly before?: CommittedFile | undefined;
}

export interface InspectedLine {
  readonly number: number;
  readonly text: string;
}

/** Every commit of a site is read once, however many rules ask for it. */
export class InspectedCommit {
  private readonly listings = new Map<string, Promise<readonly CommittedFile[]>>();

  constructor(private readonly site: ProofSite) {}

  /** In order of their paths. A rename is a change of both of its paths. */
  async files({ path, in: where }: InspectionRule): Promise<readonly InspectedFile[]> {
    const matches = pathPattern(path);
    return where === 'tree' ? this.inTree(matches) : this.inDiff(matches);
  }

  private async inTree(matches: PathMatcher): Promise<readonly InspectedFile[]> {
    const files = await this.listing(this.site.sha);
    return files.filter((file) => matches(file.path)).map((now) => ({ path: now.path, now }));
  }

  private async inDiff(matches: PathMatcher): Promise<readonly InspectedFile[]> {
    const { repository, baseSha, sha, signal } = this.site;
    if (baseSha === sha) return [];
    const { files } = await repository.diff({ from: baseSha, to: sha, maxPatchBytes: 1 }, signal);
    const [now, base] = await Promise.all([this.listing(sha), this.listing(baseSha)]);
    return files
      .filter(
        ({ path, previousPath }) => matches(path) || (previousPath !== undefined && matches(previousPath)),
      )
      .map(({ path, previousPath = path }) => ({
        path,
        now: now.find((file) => file.path === path),
        before: base.find((file) => file.path === previousPath),
      }));
  }

  private listing(sha: string): Promise<readonly CommittedFile[]> {
    const known = this.listings.get(sha);
    if (known) return known;
    const listing = this.site.repository.listFiles({ sha }, this.site.signal);
    this.listings.set(sha, listing);
    return listing;
  }
}

const batchFiles = 200;
const batchBytes = 8 * 1024 ** 2;

/** Files in their order, together small enough to be in memory at once. */
export function* batchesOf(files: readonly InspectedFile[]): Generator<readonly InspectedFile[]> {
  let batch: InspectedFile[] = [];
  let bytes = 0;
  for (const file of files) {
    const more = (file.now?.bytes ?? 0) + (file.before?.bytes ?? 0);
    if (batch.length > 0 && (batch.length === batchFiles || bytes + more > batchBytes)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(file);
    bytes += more;
  }
  if (batch.length > 0) yield batch;
}

/**
 * The lines of each file that a rule looks at: all of them, or those that were added since the base. They are compared here
 * and not taken from Git's patch, where an attribute of the repository decides what is shown.
 */
export async function linesOf(
  batch: readonly InspectedFile[],
  where: InspectionRule['in'],
  repository: Pick<MissionRepository, 'readBlobs'>,
): Promise<(file: InspectedFile) => readonly InspectedLine[]> {
  const read = batch.flatMap(({ now, before }) => [now, where === 'diff' ? before : undefined]);
  const contents = await repository.readBlobs(read.flatMap((file) => file?.blob ?? []));
  const textOf = (file: CommittedFile | undefined): string =>
    file === undefined ? '' : Buffer.from(contents.get(file.blob) ?? []).toString('utf8');
  return ({ now, before }) => lineChanges(where === 'diff' ? textOf(before) : '', textOf(now)).added;
}
