import { parse } from 'yaml';
import type { ConfigFault } from './config-error.ts';
import type { ConfigLayer } from './config-layer.ts';
import { settingVariables, type SettingVariable } from './known-settings.ts';
import { nearest } from './nearest.ts';
import { merged, treeOf, type SettingTree } from './setting-tree.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Variables that are not settings: connections, the command line's own, and what tests and supervisors pass on. */
const otherVariables = [
  'MISSIONS_API',
  'MISSIONS_TOKEN',
  'MISSIONS_STATE',
  'MISSIONS_CONFIG',
  'MISSIONS_PROFILE',
  'MISSIONS_DATABASE_URL',
  'MISSIONS_NATS_URL',
  'MISSIONS_NATS_NKEY',
  'MISSIONS_NATS_NKEY_FILE',
  'MISSIONS_COMMAND_KEY',
  'MISSIONS_COMMAND_KEY_FILE',
  'MISSIONS_COMMAND_PUBLIC_KEY',
  'MISSIONS_COMMAND_PUBLIC_KEY_FILE',
  'MISSIONS_ADMIN_TOKEN',
  'MISSIONS_ADMIN_TOKEN_FILE',
  'MISSIONS_ADMIN_PERSON',
  'MISSIONS_BWRAP',
  'MISSIONS_SANDBOX_RUNTIME',
  'MISSIONS_PARENT_PIPE',
  'MISSIONS_KILL_AT',
  'MISSIONS_KILL_MARKER',
];
const otherPrefixes = ['MISSIONS_TEST_', 'MISSIONS_SECRET_', 'MISSIONS_LOCAL_', 'MISSIONS_CONTROL_'];

/** Settings from `MISSIONS_*`; an unknown variable of that family is a fault, as it is most likely a slip. */
export function environmentLayer(environment: Environment, directory: string): ConfigLayer {
  const variables = new Map(settingVariables().map((variable) => [variable.name, variable]));
  const faults: ConfigFault[] = [];
  let tree: SettingTree = {};
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith('MISSIONS_') || value === undefined || isOther(name)) continue;
    const variable = variables.get(name);
    if (variable === undefined) faults.push(unknownVariable(name, [...variables.keys()]));
    else tree = merged(tree, treeOf(variable.path, valueOf(variable, value)));
  }
  const nameOf = (path: readonly string[]): string =>
    settingVariables().find((one) => one.path.every((key, index) => path[index] === key))?.name ??
    'the environment';
  return { tree, faults, whereIs: nameOf, directory };
}

function isOther(name: string): boolean {
  return otherVariables.includes(name) || otherPrefixes.some((prefix) => name.startsWith(prefix));
}

function unknownVariable(name: string, known: readonly string[]): ConfigFault {
  const meant = nearest(name, [...known, ...otherVariables]);
  const problem = 'there is no such setting' + (meant === undefined ? '' : `; did you mean ${meant}?`);
  return { where: name, path: '', problem };
}

// Unreadable text is left to the schema, which says what was expected instead.
function valueOf({ isText }: SettingVariable, text: string): unknown {
  if (isText) return text;
  try {
    return parse(text);
  } catch {
    return text;
  }
}
