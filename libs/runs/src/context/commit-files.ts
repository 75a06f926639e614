import { posix } from 'node:path';
import type { CommittedFile, MissionRepository } from '@missions/workspace';

/** What a context is assembled from; nothing is checked out and nothing is run. */
export type CommitSource = Pick<MissionRepository, 'listFiles' | 'readBlobs'>;

const maxLinks = 4;

/** The files of one commit, in the order of their paths whatever the order of the listing. */
export class CommitFiles {
  private readonly byPath: ReadonlyMap<string, CommittedFile>;

  private constructor(
    readonly all: readonly CommittedFile[],
    private readonly source: CommitSource,
    private readonly signal: AbortSignal | undefined,
  ) {
    this.byPath = new Map(all.map((file) => [file.path, file]));
  }

  static async list(source: CommitSource, sha: string, signal?: AbortSignal): Promise<CommitFiles> {
    const files = await source.listFiles({ sha }, signal);
    return new CommitFiles(
      files.toSorted((one, other) => byCodeUnits(one.path, other.path)),
      source,
      signal,
    );
  }

  at(path: string): CommittedFile | undefined {
    return this.byPath.get(path);
  }

  /** Bytes by path, of ordinary files only, read together; ask for what the listing says is small. */
  async contents(paths: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> {
    const wanted = paths.flatMap((path) => this.ordinary(path) ?? []);
    if (wanted.length === 0) return new Map();
    const blobs = await this.source.readBlobs(
      wanted.map(({ blob }) => blob),
      this.signal,
    );
    return new Map(
      wanted.flatMap(({ path, blob }) => {
        const content = blobs.get(blob);
        return content ? [[path, content] as const] : [];
      }),
    );
  }

  /** The ordinary file that a path stands for, links inside the repository followed; undefined when it leads nowhere. */
  async follow(path: string): Promise<CommittedFile | undefined> {
    let place = path;
    for (let links = 0; links <= maxLinks; links += 1) {
      const file = this.byPath.get(place);
      if (file?.kind !== 'symlink') return this.ordinary(place);
      if ((file.bytes ?? 0) > maxTargetBytes) return undefined;
      const target = (await this.source.readBlobs([file.blob], this.signal)).get(file.blob);
      if (!target) return undefined;
      place = posix.join(posix.dirname(place), Buffer.from(target).toString('utf8'));
    }
    return undefined;
  }

  private ordinary(path: string): CommittedFile | undefined {
    const file = this.byPath.get(path);
    return file?.kind === 'file' || file?.kind === 'executable' ? file : undefined;
  }
}

/** Longer than any path that Git would check out. */
const maxTargetBytes = 4_096;

/** The order does not depend on where the process runs. */
export function byCodeUnits(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
