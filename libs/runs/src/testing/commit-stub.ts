import type { CommittedFile, CommittedKind } from '@missions/workspace';
import type { CommitSource } from '../context/index.ts';

/** One entry of a commit: its text, its bytes, or where a link leads. */
export type StubEntry = string | Uint8Array | { readonly link: string } | { readonly bytes: number };

/** A commit in memory, listed in a jumbled order; `asked` counts the bytes that were read of it. */
export class CommitStub implements CommitSource {
  bytesRead = 0;

  constructor(private readonly entries: Readonly<Record<string, StubEntry>>) {}

  listFiles(): Promise<readonly CommittedFile[]> {
    const files = Object.entries(this.entries).map(([path, entry]) => ({
      path,
      kind: kindOf(entry),
      bytes: sizeOf(entry),
      blob: `blob of ${path}`,
    }));
    return Promise.resolve(files.toReversed());
  }

  readBlobs(blobs: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> {
    const found = blobs.map(
      (blob) => [blob, contentOf(this.entries[blob.slice('blob of '.length)])] as const,
    );
    for (const [, content] of found) this.bytesRead += content.length;
    return Promise.resolve(new Map(found));
  }
}

function kindOf(entry: StubEntry): CommittedKind {
  return typeof entry === 'object' && 'link' in entry ? 'symlink' : 'file';
}

function sizeOf(entry: StubEntry): number {
  return typeof entry === 'object' && 'bytes' in entry ? entry.bytes : contentOf(entry).length;
}

function contentOf(entry: StubEntry | undefined): Uint8Array {
  if (entry instanceof Uint8Array) return entry;
  if (typeof entry === 'string') return Buffer.from(entry);
  if (entry && 'link' in entry) return Buffer.from(entry.link);
  throw new Error('Nothing of this file may be read.');
}
