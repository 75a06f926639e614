import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { endProcess, type ProcessIdentity } from './process-identity.ts';

/** A process that a directory remembers, so that somebody else than its parent can end it. */
export interface ProcessRecord extends ProcessIdentity {
  readonly name: string;
  readonly stopSignal: NodeJS.Signals;
  readonly stopLimitMs: number;
}

/** Remembers a process under its name; a later record of the same name replaces it. Readers never see half a record. */
export function rememberProcess(directory: string, record: ProcessRecord): void {
  mkdirSync(directory, { recursive: true, mode: 0o711 });
  const path = recordPath(directory, record.name);
  writeFileSync(`${path}.new`, JSON.stringify(record), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

export function forgetProcess(directory: string, name: string): void {
  rmSync(recordPath(directory, name), { force: true });
}

/** Every remembered process, alive or not, in the order of their names; empty when the directory is missing. */
export function rememberedProcesses(directory: string): readonly ProcessRecord[] {
  return namesIn(directory)
    .filter((name) => name.endsWith('.process.json'))
    .sort()
    .map((name) => JSON.parse(readFileSync(join(directory, name), 'utf8')) as ProcessRecord);
}

/** Ends every remembered process that still lives, all at once; names of those that would not end are returned. */
export async function endRememberedProcesses(directory: string): Promise<readonly string[]> {
  const records = rememberedProcesses(directory);
  const ended = await Promise.all(
    records.map((record) => endProcess(record, { signal: record.stopSignal, limitMs: record.stopLimitMs })),
  );
  return records.filter((_, index) => ended[index] === false).map((record) => record.name);
}

function recordPath(directory: string, name: string): string {
  return join(directory, `${name}.process.json`);
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
