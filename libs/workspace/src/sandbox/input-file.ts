import { randomUUID } from 'node:crypto';
import { chmodSync, openSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A command's input as an unnamed file: unlike a socket it can be opened again as /dev/stdin, and it never blocks us. */
export function inputFile(dir: string, content: Uint8Array): number {
  const path = join(dir, `input-${randomUUID()}`);
  writeFileSync(path, content, { flag: 'wx' });
  chmodSync(path, 0o444);
  const fd = openSync(path, 'r');
  unlinkSync(path);
  return fd;
}
