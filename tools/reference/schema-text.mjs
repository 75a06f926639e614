const wrappers = new Set(['optional', 'default', 'prefault', 'nullable', 'readonly', 'nonoptional']);

/** The named schemas of a module by identity: `featureSchema` is the type `Feature`. */
export function namedSchemas(...modules) {
  const entries = modules.flatMap((module) =>
    Object.entries(module).filter(([name, value]) => name.endsWith('Schema') && value?._zod),
  );
  return new Map(entries.map(([name, schema]) => [schema, name]));
}

export function typeName(constant) {
  const stem = constant.replace(/Schema$/, '');
  return `${stem[0].toUpperCase()}${stem.slice(1)}`;
}

/** What is below `.optional()`, `.default()` and their like. */
export function unwrapped(schema) {
  return wrappers.has(schema._zod.def.type) ? unwrapped(schema._zod.def.innerType) : schema;
}

export function isObject(schema) {
  return unwrapped(schema)._zod.def.type === 'object';
}

/** Whether a value must be given. */
export function isRequired(schema) {
  const { type, innerType } = schema._zod.def;
  if (type === 'optional' || type === 'default' || type === 'prefault') return false;
  return wrappers.has(type) ? isRequired(innerType) : true;
}

/** The default as JSON; undefined where there is none, or where it only says "an empty object, filled in". */
export function defaultOf(schema) {
  const { type, defaultValue, innerType } = schema._zod.def;
  if (type === 'default' || type === 'prefault') {
    const text = JSON.stringify(defaultValue);
    return text === '{}' && isObject(schema) ? undefined : text;
  }
  return wrappers.has(type) ? defaultOf(innerType) : undefined;
}

/** Turns schemas into words; a named one becomes `link(name)` and is explained where the link leads. */
export class SchemaText {
  constructor(names, link) {
    this.names = names;
    this.link = link;
  }

  typeOf(schema) {
    const inner = unwrapped(schema);
    const name = this.names.get(inner);
    return name === undefined ? this.spelledOut(inner) : this.link(name);
  }

  spelledOut(schema) {
    const { def } = schema._zod;
    switch (def.type) {
      case 'object':
        return 'object';
      case 'array':
        return `list${sizeOf(schema)} of ${this.typeOf(def.element)}`;
      case 'record':
        return `map of ${this.typeOf(def.valueType)}`;
      case 'union':
        return def.options.map((option) => this.typeOf(option)).join(' or ');
      case 'enum':
        return Object.values(def.entries)
          .map((value) => `\`${value}\``)
          .join(' \\| ');
      case 'literal':
        return def.values.map((value) => `\`${JSON.stringify(value)}\``).join(' \\| ');
      case 'pipe':
        return this.typeOf(def.in);
      case 'lazy':
        return 'any JSON';
      case 'unknown':
      case 'any':
        return 'anything';
      default:
        return plainType(schema);
    }
  }

  /** The fields of an object: one row each, those of an unnamed object or list of objects right below it. */
  rowsOf(schema, path = '') {
    return Object.entries(unwrapped(schema)._zod.def.shape).flatMap(([key, field]) => {
      const at = path === '' ? key : `${path}.${key}`;
      const own = { path: at, schema: field, required: isRequired(field), type: this.typeOf(field) };
      const inner = unwrapped(field);
      const element = inner._zod.def.type === 'array' ? unwrapped(inner._zod.def.element) : inner;
      const isInline = !this.names.has(inner) && !this.names.has(element) && isObject(element);
      return [own, ...(isInline ? this.rowsOf(element, element === inner ? at : `${at}[]`) : [])];
    });
  }
}

function jsonOf(schema) {
  return schema.toJSONSchema({ io: 'input', unrepresentable: 'any' });
}

function plainType(schema) {
  const json = jsonOf(schema);
  const format = { 'date-time': 'time', uri: 'URL' }[json.format];
  if (format) return format;
  const pattern = json.pattern === undefined ? '' : ` \`${json.pattern.replaceAll('|', '\\|')}\``;
  return `${json.type ?? 'anything'}${pattern}${rangeOf(json)}`;
}

function rangeOf({ type, minLength, maxLength, minimum, maximum, exclusiveMinimum }) {
  if (type === 'string') return countOf({ min: minLength, max: maxLength, of: ' characters' });
  const isMeant = (bound) => bound !== undefined && Math.abs(bound) < Number.MAX_SAFE_INTEGER;
  const bounds = [
    isMeant(exclusiveMinimum) && `> ${exclusiveMinimum}`,
    isMeant(minimum) && `≥ ${minimum}`,
    isMeant(maximum) && `≤ ${maximum}`,
  ].filter(Boolean);
  return bounds.length === 0 ? '' : ` ${bounds.join(', ')}`;
}

function sizeOf(schema) {
  const { minItems, maxItems } = jsonOf(schema);
  return countOf({ min: minItems, max: maxItems, of: '' });
}

function countOf({ min = 0, max, of }) {
  if (max !== undefined) return ` (${min > 0 ? `${min}–` : 'up to '}${max}${of})`;
  return min > 0 ? ' (not empty)' : '';
}
