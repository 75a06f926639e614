import { z } from 'zod';
import { head, outputLimits } from '../output-limits.ts';
import { plainLine } from './plain-text.ts';

type Json = Readonly<Record<string, unknown>>;

/**
 * What is kept of a stranger's schema as it is. Not kept, among others, are `pattern` and `format`: a regular expression that
 * a server chose would run in this process, on input that it can ask a model for. The server checks its own input anyway.
 */
const keywords: Readonly<Record<string, (value: unknown) => boolean>> = {
  type: (value) => isTypeName(value) || (Array.isArray(value) && value.every(isTypeName)),
  enum: (value) => Array.isArray(value) && value.length > 0 && value.every(isScalar),
  const: isScalar,
  default: () => true,
  required: (value) => Array.isArray(value) && value.every((name) => typeof name === 'string'),
  minimum: Number.isFinite,
  maximum: Number.isFinite,
  minLength: isCount,
  maxLength: isCount,
  minItems: isCount,
  maxItems: isCount,
};
const choices = ['anyOf', 'oneOf', 'allOf'] as const;

interface Walk {
  readonly root: Json;
  readonly redact: (text: string) => string;
  /** Schemas still allowed; shared by the whole walk. */
  readonly left: { schemas: number };
}

/**
 * The input schema of a stranger's tool, rebuilt from a closed list of keywords: what a model is told, and what its calls are
 * checked with. References into the schema itself are resolved; what lies too deep, or refers to itself, is left open.
 * Undefined when it describes no object, has too many parts, or cannot be read.
 */
export function inputSchemaOf(schema: unknown, redact: (text: string) => string): Json | undefined {
  if (!isObject(schema)) return undefined;
  const left: Walk['left'] = { schemas: outputLimits.toolSchemaParts };
  const kept = schemaOf(schema, { root: schema, redact, left }, 0);
  const fits = left.schemas >= 0 && JSON.stringify(kept).length <= outputLimits.toolSchemaCharacters;
  if (!fits || (schema['type'] ?? 'object') !== 'object') return undefined;
  return { ...kept, type: 'object' };
}

/** The validator of a schema that `inputSchemaOf` gave; undefined when it contradicts itself. */
export function validatorOf(schema: Json): z.ZodType | undefined {
  try {
    const validator = z.fromJSONSchema(schema);
    z.toJSONSchema(validator, { io: 'input' });
    return validator;
  } catch {
    return undefined;
  }
}

function schemaOf(schema: Json, walk: Walk, depth: number): Json {
  walk.left.schemas -= 1;
  if (walk.left.schemas < 0 || depth > outputLimits.toolSchemaDepth) return {};
  const target = referred(schema, walk.root);
  if (target) return schemaOf(target, walk, depth + 1);
  const below = (part: Json): Json => schemaOf(part, walk, depth + 1);
  return Object.fromEntries([
    ...Object.entries(keywords).flatMap(([key, isKept]) =>
      schema[key] !== undefined && isKept(schema[key]) ? [[key, clean(schema[key], walk)]] : [],
    ),
    ...described(schema, walk),
    ...choices.flatMap((key) => {
      const parts = schema[key];
      return Array.isArray(parts) && parts.length > 0
        ? [[key, parts.map((part: unknown) => (isObject(part) ? below(part) : {}))]]
        : [];
    }),
    ...(isObject(schema['items']) ? [['items', below(schema['items'])]] : []),
    ...(isObject(schema['properties'])
      ? [['properties', properties(schema['properties'], walk, below)]]
      : []),
    ...additional(schema['additionalProperties'], below),
  ]) as Json;
}

function described(schema: Json, { redact }: Walk): readonly (readonly [string, string])[] {
  const { description } = schema;
  if (typeof description !== 'string') return [];
  return [['description', head(redact(plainLine(description)), outputLimits.toolInputCharacters)]];
}

/** A name cannot be cleaned, since the server would not know it; one that cannot be seen makes the schema unfit. */
function properties(named: Json, walk: Walk, below: (part: Json) => Json): Json {
  if (Object.keys(named).some((name) => plainLine(name) !== name)) walk.left.schemas = -1;
  return mapped(named, (part) => (isObject(part) ? below(part) : {}));
}

function additional(value: unknown, below: (part: Json) => Json): readonly (readonly [string, unknown])[] {
  if (typeof value === 'boolean') return [['additionalProperties', value]];
  return isObject(value) ? [['additionalProperties', below(value)]] : [];
}

/** `#/$defs/Name` and `#/definitions/Name`; a reference elsewhere is never followed. */
function referred(schema: Json, root: Json): Json | undefined {
  const reference = schema['$ref'];
  if (typeof reference !== 'string') return undefined;
  const [, place, name] = /^#\/(\$defs|definitions)\/([\w.-]+)$/u.exec(reference) ?? [];
  if (place === undefined || name === undefined) return undefined;
  const definitions = root[place];
  if (!isObject(definitions) || !Object.hasOwn(definitions, name)) return {};
  const target = definitions[name];
  return isObject(target) ? target : {};
}

/** Values of `enum`, `default` and the like: text without what cannot be seen, structures as JSON says them. */
function clean(value: unknown, walk: Walk): unknown {
  if (typeof value === 'string') return head(walk.redact(plainLine(value)), outputLimits.toolInputCharacters);
  if (Array.isArray(value)) return value.map((part: unknown) => clean(part, walk));
  return isObject(value) ? mapped(value, (part) => clean(part, walk)) : value;
}

function mapped(object: Json, change: (value: unknown) => unknown): Json {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));
}

const typeNames = ['string', 'number', 'integer', 'boolean', 'object', 'array', 'null'];

function isTypeName(value: unknown): boolean {
  return typeof value === 'string' && typeNames.includes(value);
}

function isScalar(value: unknown): boolean {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
