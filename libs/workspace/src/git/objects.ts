import { createHash } from 'node:crypto';
import type { Git, GitPlace } from './git.ts';

export interface StoredObject {
  readonly sha: string;
  readonly type: string;
  readonly content: Buffer;
}

/** Reads objects in the order asked for; one that is missing is left out. */
export async function readObjects(
  git: Git,
  place: GitPlace,
  shas: readonly string[],
  signal?: AbortSignal,
): Promise<readonly StoredObject[]> {
  if (shas.length === 0) return [];
  const output = await git.output(place, ['cat-file', '--batch'], { stdin: `${shas.join('\n')}\n`, signal });
  const objects: StoredObject[] = [];
  let offset = 0;
  while (offset < output.length) {
    const endOfLine = output.indexOf('\n', offset);
    const [sha = '', type = '', size] = output.toString('latin1', offset, endOfLine).split(' ');
    offset = endOfLine + 1;
    if (size === undefined) continue;
    objects.push({ sha, type, content: output.subarray(offset, offset + Number(size)) });
    offset += Number(size) + 1;
  }
  return objects;
}

/** The name Git gives a file's content. */
export function blobSha(content: Uint8Array): string {
  return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
}

/** Stores contents as blobs; those already here cost nothing. */
export async function writeBlobs(
  git: Git,
  place: GitPlace,
  contents: readonly Uint8Array[],
  signal?: AbortSignal,
): Promise<void> {
  if (contents.length === 0) return;
  const commands = contents.flatMap((content) => [
    Buffer.from(`blob\ndata ${content.length}\n`),
    content,
    Buffer.from('\n'),
  ]);
  await git.output(place, ['fast-import', '--quiet', '--done'], {
    stdin: Buffer.concat([...commands, Buffer.from('done\n')]),
    signal,
  });
}
