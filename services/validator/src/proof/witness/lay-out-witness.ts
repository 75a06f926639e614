import { chmod, copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('./witness.mjs', import.meta.url));

/** Below the contract's folder; no assertion's id begins with a dot. */
export const witnessPath = '.witness/witness.mjs';

/** Lays the engine's witness out beside the contract's files, for everyone to read and nobody to change. */
export async function layOutWitness(contract: string): Promise<void> {
  const place = join(contract, witnessPath);
  await mkdir(join(contract, '.witness'));
  await chmod(join(contract, '.witness'), 0o755);
  await copyFile(source, place);
  await chmod(place, 0o444);
}
