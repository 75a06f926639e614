import { runtime } from './schemas.mjs';
import { settingMeanings } from './setting-meanings.mjs';
import { table } from './words.mjs';

const roleTable = 'models';
/** What stands for the names a person chooses in a map. */
const chosenName = { providers: '<name>', prices: '<model>', capabilities: '<model>' };

/** Every setting: path, type, default, variable, meaning. Throws naming a setting that nobody explained. */
export function settingTable() {
  const settings = settingsBelow(runtime.missionsConfigJsonSchema(), []);
  const variables = new Map(runtime.settingVariables().map(({ path, name }) => [path.join('.'), name]));
  const found = new Map();
  for (const { path, schema } of settings) found.set(path, together(found.get(path), schema));
  check([...found.keys()]);
  const rows = [...found].map(([path, schema]) => [
    `\`${path}\``,
    typeOf(schema),
    schema.default === undefined ? '' : `\`${JSON.stringify(schema.default)}\``,
    variableOf(path, variables),
    settingMeanings[path],
  ]);
  return table(['setting', 'type', 'default', 'variable', 'meaning'], rows);
}

/** One path under several alternatives: the values that tell them apart are listed, else the first stands for all. */
function together(first, next) {
  if (first === undefined) return next;
  if (next.const === undefined) return first;
  const values = first.enum ?? [first.const];
  return values.includes(next.const) ? first : { enum: [...values, next.const] };
}

function variableOf(path, variables) {
  if (path === `${roleTable}.<role>`) return '';
  const role = `${roleTable}.<role>.`;
  const name = path.startsWith(role)
    ? variables.get(path.replace('<role>', 'worker'))?.replace('WORKER', '<ROLE>')
    : variables.get(path);
  return name === undefined ? '' : `\`${name}\``;
}

function settingsBelow(schema, path) {
  const here = path.length === 0 ? [] : [{ path: path.join('.').replaceAll('.[]', '[]'), schema }];
  const fields = Object.entries(schema.properties ?? {}).flatMap(([key, below]) =>
    settingsBelow(below, [...path, path.join('.') === roleTable ? '<role>' : key]),
  );
  const isSection = fields.length > 0 && path.length === 1;
  const named = schema.additionalProperties?.type ?? schema.additionalProperties?.oneOf;
  const chosen = named
    ? alternativesOf(schema.additionalProperties).flatMap((one) => entriesBelow(one, path))
    : [];
  const items = schema.items?.properties ? settingsBelow(schema.items, [...path, '[]']).slice(1) : [];
  return [...(isSection ? [] : here), ...fields, ...chosen, ...items];
}

const alternativesOf = (schema) => schema.oneOf ?? [schema];

function entriesBelow(schema, path) {
  return settingsBelow(schema, [...path, chosenName[path.join('.')] ?? '<name>']).slice(1);
}

function check(paths) {
  const unexplained = paths.filter((path) => settingMeanings[path] === undefined);
  const vanished = Object.keys(settingMeanings).filter((path) => !paths.includes(path));
  if (unexplained.length + vanished.length === 0) return;
  throw new Error(
    `tools/reference/setting-meanings.mjs lacks: ${unexplained.join(', ') || 'nothing'}; has too much: ${vanished.join(', ') || 'nothing'}.`,
  );
}

function typeOf(schema) {
  if (schema.enum) return schema.enum.map((value) => `\`${value}\``).join(' \\| ');
  if (schema.const !== undefined) return `\`${schema.const}\``;
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(' \\| ');
  if (schema.additionalProperties && !schema.properties) return 'map';
  if (schema.type === 'array')
    return schema.items.type === 'object' ? 'list' : `list of ${schema.items.type}`;
  const { minimum, maximum, exclusiveMinimum } = schema;
  const isMeant = (bound) => bound !== undefined && Math.abs(bound) < Number.MAX_SAFE_INTEGER;
  if (isMeant(minimum) && isMeant(maximum)) return `${schema.type} ${minimum}–${maximum}`;
  if (isMeant(exclusiveMinimum)) return `${schema.type} > ${exclusiveMinimum}`;
  return schema.type ?? 'anything';
}
