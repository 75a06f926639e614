import { docComments } from './doc-comments.mjs';
import { commandMeanings, eventMeanings } from './event-meanings.mjs';
import { contracts, kernel, mission } from './schemas.mjs';
import { defaultOf, isObject, namedSchemas, SchemaText, typeName, unwrapped } from './schema-text.mjs';

const comments = docComments([
  'libs/models/src',
  'libs/mission/src',
  'libs/contracts/src',
  'libs/kernel/src',
]);
const names = namedSchemas(kernel, mission);
const mentioned = new Set();

/** Schemas by the constant that holds them, for what is explained as a type of its own. */
const constants = new Map([...names].map(([schema, name]) => [name, schema]));

const anchorOf = (name) => typeName(name).toLowerCase();

export const schemaText = new SchemaText(names, (name) => {
  mentioned.add(name);
  return `[${typeName(name)}](types.md#${anchorOf(name)})`;
});

/** A Markdown table; prettier lines its columns up. */
export function table(headings, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(headings), line(headings.map(() => '---')), ...rows.map(line)].join('\n');
}

const presenceOf = ({ schema, required }) => {
  if (required) return 'required';
  const value = defaultOf(schema);
  return value === undefined ? 'optional' : `default \`${value}\``;
};

/** Words that a model reads as they are; outside of code, what Markdown would take for markup is escaped. */
export function asMarkdown(text) {
  return text
    .split('`')
    .map((part, index) => (index % 2 === 1 ? part : part.replaceAll(/[*_<>|\\]/g, '\\$&')))
    .join('`');
}

/** The fields of an object schema as a table; `constant` is the path under which the sources comment on them. */
export function fieldTable(schema, constant) {
  const rows = schemaText.rowsOf(schema);
  if (rows.length === 0) return 'No fields.';
  const cells = rows.map((row) => {
    const meaning =
      comments.get(`${constant}.${row.path.replaceAll('[]', '')}`) ??
      asMarkdown(row.schema.description ?? '');
    return [`\`${row.path}\``, row.type, presenceOf(row), meaning];
  });
  const isExplained = cells.some((row) => row[3] !== '');
  const columns = ['field', 'type', 'given', 'meaning'].slice(0, isExplained ? 4 : 3);
  return table(
    columns,
    cells.map((row) => row.slice(0, columns.length)),
  );
}

/** The one sentence that says what an event or a command means; without one nothing is generated. */
function meaningOf(name, key, table) {
  const found = comments.get(key) ?? table[name];
  if (found !== undefined) return found;
  throw new Error(
    `Nothing says what ${name} means: write a comment above it where it is defined, or a line in tools/reference/event-meanings.mjs.`,
  );
}

/** The constant of a group of events or commands: `workEvents` for `RunClaimed`. */
function groupOf(name, ...endings) {
  const key = [...comments.keys()].find((one) => endings.some((ending) => one.endsWith(`${ending}.${name}`)));
  return key?.slice(0, key.indexOf('.')) ?? '';
}

export function eventList() {
  const rows = Object.entries(contracts.publicEventNames).map(([type, name]) => {
    return [`[\`${name}\`](#${type.toLowerCase()})`, `\`${type}\``, meaningOfEvent(type)];
  });
  return table(['public name', 'event', 'meaning'], rows);
}

function meaningOfEvent(type) {
  return meaningOf(type, `${groupOf(type, 'Events')}.${type}`, eventMeanings);
}

export function eventSections() {
  return Object.entries(mission.missionEventSchemas)
    .map(([type, schema]) =>
      [
        `### ${type}`,
        `\`${contracts.publicEventNames[type]}\` · ${meaningOfEvent(type)}`,
        fieldTable(schema, `${groupOf(type, 'Events')}.${type}`),
      ].join('\n\n'),
    )
    .join('\n\n');
}

/** The sections of some commands, each with the codes that refuse it. */
export function commandSections(commands, refusals) {
  return Object.entries(commands)
    .map(([type, schema]) => {
      const group = groupOf(type, 'Commands', 'Records');
      const codes = refusals.get(type).map((code) => `\`${code}\``);
      return [
        `### ${type}`,
        meaningOf(type, `${group}.${type}`, commandMeanings),
        fieldTable(schema, `${group}.${type}`),
        `Refused with: ${codes.join(', ')}.`,
      ].join('\n\n');
    })
    .join('\n\n');
}

/** Everything the other pages linked to, and what that links to in turn. */
export function typeSections() {
  const sections = new Map();
  for (let open = [...mentioned]; open.length > 0; open = [...mentioned].filter((one) => !sections.has(one)))
    for (const name of open) sections.set(name, typeSection(name));
  return [...sections.keys()]
    .toSorted()
    .map((name) => sections.get(name))
    .join('\n\n');
}

function typeSection(name) {
  const schema = constants.get(name);
  const meaning = comments.get(name);
  return [`## ${typeName(name)}`, ...(meaning ? [meaning] : []), definitionOf(schema, name)].join('\n\n');
}

function definitionOf(schema, name) {
  if (isObject(schema)) return fieldTable(schema, name);
  const alternatives = unwrapped(schema)._zod.def.options;
  if (alternatives?.every((option) => isObject(option) && !names.has(option)))
    return alternatives.map((option) => fieldTable(option, name)).join('\n\nor\n\n');
  const text = schemaText.spelledOut(schema);
  return `${text[0].toUpperCase()}${text.slice(1)}.`;
}
