import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isArtifactDigest } from '@missions/event-store';
import { DomainError } from '@missions/kernel';
import type { Assertion } from '@missions/mission';
import type { ProofParts } from './proof-site.ts';

export interface ContractFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** The bytes of an assertion's files as the log has them; refuses CONTRACT_FILE_MISSING. */
export async function contractFilesOf(
  { id, proof }: Assertion,
  artifacts: ProofParts['artifacts'],
): Promise<readonly ContractFile[]> {
  return Promise.all(
    proof.files.map(async (file) => {
      if ('content' in file) return { path: file.path, bytes: Buffer.from(file.content) };
      const bytes = isArtifactDigest(file.artifact) ? await artifacts.get(file.artifact) : undefined;
      if (bytes) return { path: file.path, bytes };
      throw new DomainError(
        'CONTRACT_FILE_MISSING',
        `${id}: no artifact ${file.artifact} for ${file.path}.`,
        {
          assertionId: id,
          path: file.path,
        },
      );
    }),
  );
}

/** Lays the files out for everyone to read and nobody to change; a script with a `#!` line can be executed. */
export async function layOutContract(
  folder: string,
  assertionId: string,
  files: readonly ContractFile[],
): Promise<void> {
  const own = join(folder, assertionId);
  await makeFolder(folder, own);
  for (const { path, bytes } of files) {
    const place = join(own, path);
    await makeFolder(folder, dirname(place));
    await writeFile(place, bytes, { flag: 'wx' });
    await chmod(place, Buffer.from(bytes.subarray(0, 2)).toString('latin1') === '#!' ? 0o555 : 0o444);
  }
}

/** Not by the process's umask: another user has to read what lies in it. */
async function makeFolder(top: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (let at = folder; at.startsWith(top); at = dirname(at)) await chmod(at, 0o755);
}
