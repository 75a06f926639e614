import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { missionCommandSchemas, type MissionCommandType } from '@missions/mission';
import type { StackService } from '@missions/cli/stack';

type ServiceName = StackService['service'];

/** A named step of a service between two effects, at which it can be made to end itself with SIGKILL. */
export interface NamedKillPoint {
  readonly service: ServiceName;
  readonly name: string;
  /** The command at hand, for the points of the mission's owner. */
  readonly command?: MissionCommandType;
}

/** Who performs which task; the others are no runs of their own. */
const performers: Readonly<Record<string, ServiceName>> = {
  scope: 'orchestrator-agents',
  plan: 'orchestrator-agents',
  triage: 'orchestrator-agents',
  converse: 'orchestrator-agents',
  build: 'worker',
  validate: 'validator',
  baseline: 'validator',
};
const tasks = Object.keys(performers);
/** A baseline is the engine's alone: nobody holds a conversation in it. */
const agentTasks = tasks.filter((task) => task !== 'baseline');

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Every kill point there is, read off the code that has them, so that none can be added without being tried. */
export function killPointsInCode(): readonly NamedKillPoint[] {
  const written = sources().flatMap((path) => {
    const text = readFileSync(join(root, path), 'utf8');
    return [...text.matchAll(/\bkillPoint\(\s*(['"`])([^'"`]+)\1/g)].map(([, , name = '']) => ({
      path,
      name,
    }));
  });
  const loop = written.filter(({ path }) => path.startsWith('libs/agent/')).map(({ name }) => name);
  const others = written.filter(({ path }) => !path.startsWith('libs/agent/'));
  const points = others.flatMap(({ path, name }) => expanded(path, name, [...new Set(loop)]));
  return [...new Map(points.map((point) => [point.name, point])).values()];
}

function sources(): readonly string[] {
  return ['libs', 'services'].flatMap((folder) =>
    readdirSync(join(root, folder)).flatMap((name) =>
      readdirSync(join(root, folder, name), { recursive: true, encoding: 'utf8' })
        .filter((path) => path.startsWith('src/') && path.endsWith('.ts'))
        .filter((path) => !/\.spec\.ts$|\/(conformance|testing)\//.test(path))
        .map((path) => join(folder, name, path)),
    ),
  );
}

function expanded(path: string, name: string, loop: readonly string[]): readonly NamedKillPoint[] {
  if (/\$\{(command\.)?type\}/.test(name)) return ofCommands(name);
  if (/\$\{[\w.]*task\}/.test(name)) return ofTasks(name, loop);
  if (name.includes('${')) throw new Error(`${path}: ${name} is built in a way that is not known here.`);
  const task = /^run\.(\w+)\./.exec(name)?.[1];
  return [{ service: task === undefined ? serviceOf(path) : performerOf(task), name }];
}

function ofCommands(name: string): readonly NamedKillPoint[] {
  return (Object.keys(missionCommandSchemas) as MissionCommandType[]).map((command) => ({
    service: 'orchestrator-decide',
    name: name.replace(/\$\{(command\.)?type\}/, command),
    command,
  }));
}

function ofTasks(name: string, loop: readonly string[]): readonly NamedKillPoint[] {
  const inLoop = name.includes('${name}');
  const names = inLoop ? loop.map((point) => name.replace('${name}', point)) : [name];
  return (inLoop ? agentTasks : tasks).flatMap((task) =>
    names.map((one) => ({ service: performerOf(task), name: one.replace(/\$\{[\w.]*task\}/, task) })),
  );
}

function performerOf(task: string): ServiceName {
  const service = performers[task];
  if (service === undefined) throw new Error(`Nobody is known to perform ${task}.`);
  return service;
}

function serviceOf(path: string): ServiceName {
  const [, name = ''] = /^services\/([\w-]+)\//.exec(path) ?? [];
  return name as ServiceName;
}
