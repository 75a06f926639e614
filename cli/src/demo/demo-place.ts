import { randomUUID } from 'node:crypto';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  identityOf,
  isAlive,
  makeDirectory,
  prepareStateDirectory,
  stateDirectory,
  stopStack,
  type ProcessIdentity,
} from '@missions/local';
import { assetUrl, demoScript } from './demo-script.ts';
import type { DemoOptions } from './demo-options.ts';

/** Everything one demo puts on disk, below one directory. */
export interface DemoPlace {
  readonly directory: string;
  readonly state: string;
  /** Where the configuration and the script lie. */
  readonly project: string;
  readonly repository: string;
}

/** Makes the directories, the configuration and the script of a demo, and clears up after demos that were killed. */
export async function makePlace(options: DemoOptions): Promise<DemoPlace> {
  const machine = stateDirectory({ flag: options.state });
  prepareStateDirectory(machine);
  const demos = join(machine, 'demo');
  makeDirectory(demos, 0o711);
  await removeAbandoned(demos);
  const directory = join(demos, randomUUID().slice(0, 8));
  makeDirectory(directory, 0o711);
  writeFileSync(ownerFile(directory), JSON.stringify(identityOf(process.pid)), { mode: 0o600 });
  const place = {
    directory,
    state: join(directory, 'state'),
    project: join(directory, 'project'),
    repository: join(directory, 'repository'),
  };
  prepareStateDirectory(place.state);
  shareTools(machine, place.state);
  mkdirSync(place.project, { mode: 0o700 });
  copyFileSync(assetUrl('missions.config.yaml'), join(place.project, 'missions.config.yaml'));
  writeFileSync(join(place.project, 'script.yaml'), await demoScript(options.speed, options.break));
  cpSync(fileURLToPath(assetUrl('repository')), place.repository, { recursive: true });
  return place;
}

export function removePlace({ directory }: DemoPlace): void {
  rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
}

/** A place that is kept belongs to nobody any more. */
export function keepPlace({ directory }: DemoPlace): void {
  rmSync(ownerFile(directory), { force: true });
}

/** Programs that were fetched or copied for this machine are not fetched again for every demo. */
function shareTools(machine: string, state: string): void {
  const tools = join(machine, 'tools');
  makeDirectory(tools, 0o755);
  symlinkSync(tools, join(state, 'tools'));
}

async function removeAbandoned(demos: string): Promise<void> {
  for (const name of readdirSync(demos)) {
    const directory = join(demos, name);
    const owner = ownerOf(directory);
    if (owner === undefined || isAlive(owner)) continue;
    await stopStack(join(directory, 'state'));
    rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
  }
}

function ownerOf(directory: string): ProcessIdentity | undefined {
  const file = ownerFile(directory);
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ProcessIdentity;
  } catch {
    return undefined;
  }
}

function ownerFile(directory: string): string {
  return join(directory, 'owner.json');
}
