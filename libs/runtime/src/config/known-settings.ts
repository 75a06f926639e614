import { missionsConfigJsonSchema } from './missions-config.schema.ts';
import { isTree, type SettingPath, type SettingTree } from './setting-tree.ts';

/** The keys that may stand at a path, from the schema itself. */
export function knownKeysAt(path: SettingPath): readonly string[] {
  return [...new Set(schemasAt(path).flatMap((schema) => Object.keys(propertiesOf(schema))))];
}

export interface SettingVariable {
  readonly name: string;
  readonly path: SettingPath;
  /** Text is taken as it stands; anything else is read as YAML (numbers, booleans, JSON lists and maps). */
  readonly isText: boolean;
}

/** Every setting at a fixed place as an environment variable: `limits.leaseTtlMs` is `MISSIONS_LIMITS_LEASE_TTL_MS`. */
export function settingVariables(): readonly SettingVariable[] {
  return variablesBelow(missionsConfigJsonSchema(), []);
}

function variablesBelow(schema: SettingTree, path: SettingPath): readonly SettingVariable[] {
  const properties = Object.entries(propertiesOf(schema));
  if (properties.length === 0)
    return [{ name: variableName(path), path, isText: schema['type'] === 'string' }];
  return properties.flatMap(([key, below]) => (isTree(below) ? variablesBelow(below, [...path, key]) : []));
}

function variableName(path: SettingPath): string {
  const words = path.map((key) => key.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/gu, '_').toUpperCase());
  return `MISSIONS_${words.join('_')}`;
}

function schemasAt(path: SettingPath): readonly SettingTree[] {
  let schemas = alternatives(missionsConfigJsonSchema());
  for (const key of path) schemas = schemas.flatMap((schema) => below(schema, key)).flatMap(alternatives);
  return schemas;
}

function below(schema: SettingTree, key: string): readonly SettingTree[] {
  const found = propertiesOf(schema)[key] ?? schema['additionalProperties'] ?? schema['items'];
  return isTree(found) ? [found] : [];
}

function alternatives(schema: SettingTree): readonly SettingTree[] {
  const options = schema['anyOf'] ?? schema['oneOf'];
  return Array.isArray(options) ? options.filter(isTree) : [schema];
}

function propertiesOf(schema: SettingTree): SettingTree {
  const properties = schema['properties'];
  return isTree(properties) ? properties : {};
}
