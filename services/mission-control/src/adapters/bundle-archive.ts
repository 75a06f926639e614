import { pipeline } from 'node:stream';
import type { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { pack, type Pack } from 'tar-stream';
import type { BundleFile, MissionBundle } from '../application/export-bundle.ts';

/**
 * A bundle as `.tar.gz`, file by file as it is read; the same bundle gives the same bytes. When a file cannot be read the
 * stream is destroyed, so that nobody takes what came for the whole.
 */
export function bundleArchive(bundle: MissionBundle): Readable {
  const archive = pack();
  const zipped = createGzip();
  pipeline(archive, zipped, () => undefined);
  fill(archive, bundle).catch((error: unknown) => {
    zipped.destroy(error instanceof Error ? error : new Error(String(error)));
    archive.destroy();
  });
  return zipped;
}

async function fill(archive: Pack, { missionId, at, files }: MissionBundle): Promise<void> {
  for await (const { path, bytes } of files) await add(archive, { path: `${missionId}/${path}`, bytes }, at);
  archive.finalize();
}

/** Resolves when the archive has taken the file: the next one is read only then. */
function add(archive: Pack, { path, bytes }: BundleFile, mtime: Date): Promise<void> {
  const header = { name: path, size: bytes.length, mode: 0o644, mtime, uid: 0, gid: 0, uname: '', gname: '' };
  return new Promise((resolve, reject) => {
    archive.entry(header, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}
