import { readFile } from 'node:fs/promises';
import { DomainError } from '@missions/kernel';
import { parseScript } from './parse-script.ts';
import type { Script } from './script.ts';

/** Reads a script file; refused as `CONFIG` when it is missing or wrong. */
export async function loadScript(path: string): Promise<Script> {
  return parseScript(await read(path), path);
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DomainError('CONFIG', `The model script cannot be read: ${reason}`, { path });
  }
}
