import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type { DirectoryBeneath } from './directory-beneath.ts';
import { blobSha } from './objects.ts';

export interface FileReading {
  readonly sha: string;
  readonly bytes: bigint;
  /** `undefined` for a file too large to hold in memory. */
  readonly content: Buffer | undefined;
}

const HELD_IN_MEMORY_BYTES = 64n * 1024n * 1024n;

/** Reads what is in the file at this moment; `undefined` when something else has taken its place. */
export async function readContent(
  directory: DirectoryBeneath,
  name: string,
): Promise<FileReading | undefined> {
  const file = await directory.openFile(name);
  try {
    const found = await file.stat({ bigint: true });
    if (!found.isFile()) return undefined;
    if (found.size > HELD_IN_MEMORY_BYTES) return await hashInPieces(file, found.size);
    const content = await readUpTo(file, Number(found.size));
    return { sha: blobSha(content), bytes: BigInt(content.length), content };
  } finally {
    await file.close();
  }
}

async function readUpTo(file: FileHandle, size: number): Promise<Buffer> {
  const content = Buffer.alloc(size);
  let length = 0;
  while (length < size) {
    const { bytesRead } = await file.read(content, length, size - length, length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return content.subarray(0, length);
}

async function hashInPieces(file: FileHandle, size: bigint): Promise<FileReading> {
  const hash = createHash('sha1').update(`blob ${size}\0`);
  const piece = Buffer.alloc(1024 * 1024);
  let left = size;
  while (left > 0n) {
    const wanted = left < BigInt(piece.length) ? Number(left) : piece.length;
    const { bytesRead } = await file.read(piece, 0, wanted);
    if (bytesRead === 0) break;
    hash.update(piece.subarray(0, bytesRead));
    left -= BigInt(bytesRead);
  }
  return { sha: hash.digest('hex'), bytes: size, content: undefined };
}
