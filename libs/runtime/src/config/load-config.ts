import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Provider } from '@missions/models';
import type { $ZodIssue } from 'zod/v4/core';
import { ConfigError, type ConfigFault } from './config-error.ts';
import type { ConfigLayer } from './config-layer.ts';
import { environmentLayer, type Environment } from './environment-layer.ts';
import { fileLayer } from './file-layer.ts';
import { knownKeysAt } from './known-settings.ts';
import { missionsConfigSchema, type MissionsConfig } from './missions-config.schema.ts';
import { modelRuleFaults } from './model-rules.ts';
import { nearest } from './nearest.ts';
import { leaves, merged, treeOf, valueAt, type SettingPath, type SettingTree } from './setting-tree.ts';

export interface ConfigSources {
  readonly env: Environment;
  readonly cwd: string;
  /** Values by dotted path (`limits.leaseTtlMs`); they win over everything. */
  readonly flags?: Readonly<Record<string, unknown>>;
  /** A file given by name (`--config`, MISSIONS_CONFIG) takes the place of the project's and must exist. */
  readonly file?: string;
}

export interface LoadedConfig {
  readonly config: MissionsConfig;
  /** For every setting (dotted path) where its value comes from. */
  readonly origins: ReadonlyMap<string, string>;
}

/**
 * Reads the configuration: flags > `MISSIONS_*` > the project's file > the user's file > defaults, setting by setting.
 * Rejects with one `ConfigError` that lists every fault, each with its place and the nearest right name.
 */
export async function loadConfig(sources: ConfigSources): Promise<LoadedConfig> {
  const layers = await configLayers(sources);
  const tree = layers.map((layer) => layer.tree).reduce<SettingTree>(merged, {});
  const parsed = missionsConfigSchema.safeParse(tree);
  const issues = parsed.success ? [] : parsed.error.issues;
  const faults = [
    ...layers.flatMap((layer) => layer.faults),
    ...issues.flatMap((issue) => faultsOf(issue, layers)),
  ];
  if (!parsed.success || faults.length > 0) throw new ConfigError(faults);
  const config = withAbsolutePaths(parsed.data, layers);
  const ruleFaults = modelRuleFaults(config).map(({ path, problem }) => ({
    where: whereIs(path, layers),
    path: path.join('.'),
    problem,
  }));
  if (ruleFaults.length > 0) throw new ConfigError(ruleFaults);
  return { config, origins: originsOf(config, layers) };
}

async function configLayers({ env, cwd, flags, file }: ConfigSources): Promise<readonly ConfigLayer[]> {
  const xdg = env['XDG_CONFIG_HOME'];
  const home = env['HOME'] ?? homedir();
  const userFile = join(
    xdg === undefined || xdg === '' ? join(home, '.config') : xdg,
    'missions/config.yaml',
  );
  const named = file ?? env['MISSIONS_CONFIG'];
  const projectFile = resolve(cwd, named ?? 'missions.config.yaml');
  const files = await Promise.all([
    fileLayer(userFile, { required: false }),
    fileLayer(projectFile, { required: named !== undefined }),
  ]);
  return [...files.filter((layer) => layer !== undefined), environmentLayer(env, cwd), flagLayer(flags, cwd)];
}

function flagLayer(flags: Readonly<Record<string, unknown>> = {}, cwd: string): ConfigLayer {
  const trees = Object.entries(flags).map(([path, value]) => treeOf(path.split('.'), value));
  const whereIs = (path: SettingPath): string => `flag ${path.join('.')}`;
  return { tree: trees.reduce<SettingTree>(merged, {}), faults: [], whereIs, directory: cwd };
}

function faultsOf(issue: $ZodIssue, layers: readonly ConfigLayer[]): readonly ConfigFault[] {
  const path = issue.path.map(String);
  if (issue.code !== 'unrecognized_keys') {
    return [{ where: whereIs(path, layers), path: path.join('.'), problem: issue.message }];
  }
  return issue.keys.map((key) => {
    const meant = nearest(key, knownKeysAt(path));
    const problem = 'there is no such setting' + (meant === undefined ? '' : `; did you mean ${meant}?`);
    return { where: whereIs([...path, key], layers), path: [...path, key].join('.'), problem };
  });
}

/** A script or a recording lies relative to the file that names it, wherever the process was started. */
function withAbsolutePaths(config: MissionsConfig, layers: readonly ConfigLayer[]): MissionsConfig {
  const providers = Object.entries(config.providers).map(([name, provider]): readonly [string, Provider] => {
    const absolute = (key: string, path: string): string =>
      resolve(layerOf(['providers', name, key], layers)?.directory ?? '.', path);
    if (provider.kind === 'scripted')
      return [name, { ...provider, script: absolute('script', provider.script) }];
    if (provider.kind === 'recorded')
      return [name, { ...provider, recording: absolute('recording', provider.recording) }];
    return [name, provider];
  });
  return { ...config, providers: Object.fromEntries(providers) };
}

function originsOf(config: MissionsConfig, layers: readonly ConfigLayer[]): ReadonlyMap<string, string> {
  return new Map(
    leaves(config).map((path) => [path.join('.'), layerOf(path, layers)?.whereIs(path) ?? 'default']),
  );
}

function layerOf(path: SettingPath, layers: readonly ConfigLayer[]): ConfigLayer | undefined {
  return layers.findLast((layer) => valueAt(layer.tree, path) !== undefined);
}

function whereIs(path: SettingPath, layers: readonly ConfigLayer[]): string {
  for (let depth = path.length; depth > 0; depth -= 1) {
    const layer = layerOf(path.slice(0, depth), layers);
    if (layer !== undefined) return layer.whereIs(path.slice(0, depth));
  }
  return 'configuration';
}
