import fc from 'fast-check';
import { z } from 'zod';
import { inputSchemaOf, validatorOf } from './input-schema.ts';

const redact = (text: string): string => text.replaceAll('s3cret', '[gone]');
const read = (schema: unknown) => inputSchemaOf(schema, redact);

describe('the input schema of a stranger’s tool', () => {
  it('keeps what shapes an input, and what a model reads of it', () => {
    const schema = {
      type: 'object',
      properties: {
        query: { type: 'string', description: 'What to\nlook for', minLength: 1 },
        kind: { enum: ['a', 'b'] },
        limit: { type: 'integer', minimum: 1, maximum: 50, default: 10 },
        tags: { type: 'array', items: { type: 'string' }, maxItems: 3 },
        at: { anyOf: [{ type: 'string' }, { type: 'null' }] },
      },
      required: ['query'],
      additionalProperties: false,
    };
    expect(read(schema)).toEqual({
      ...schema,
      properties: {
        ...schema.properties,
        query: { type: 'string', description: 'What to look for', minLength: 1 },
      },
    });
  });

  it('runs no regular expression that a server chose', () => {
    const schema = read({
      type: 'object',
      properties: { name: { type: 'string', pattern: '^(a+)+$', format: 'date' } },
      patternProperties: { '(a+)+': {} },
    });
    expect(schema).toEqual({ type: 'object', properties: { name: { type: 'string' } } });
    const startedAt = performance.now();
    expect(validatorOf(schema ?? {})?.safeParse({ name: `${'a'.repeat(5_000)}!` }).success).toBe(true);
    expect(performance.now() - startedAt).toBeLessThan(500);
  });

  it('resolves its own references, and leaves open what refers to itself or elsewhere', () => {
    const schema = read({
      properties: { node: { $ref: '#/$defs/Node' }, other: { $ref: 'https://example.com/x' } },
      $defs: { Node: { type: 'object', properties: { next: { $ref: '#/$defs/Node' } } } },
    });
    expect(JSON.stringify(schema)).not.toContain('$ref');
    expect(schema).toMatchObject({
      properties: { node: { properties: { next: { type: 'object' } } }, other: {} },
    });
  });

  it('hides nothing from a person, and holds no secret', () => {
    const tag = String.fromCodePoint(0xe0041);
    const description = `Reads.\u001b[8m${tag}\u202Ehidden\u200b s3cret`;
    expect(read({ type: 'object', description })).toEqual({
      type: 'object',
      description: 'Reads.[8mhidden [gone]',
    });
    expect(read({ type: 'object', properties: { [`a${tag}`]: {} } })).toBeUndefined();
  });

  it.each<[string, unknown]>([
    ['no object', { type: 'string' }],
    ['nothing', undefined],
    ['a list', []],
    [
      'too many parts',
      { properties: Object.fromEntries(Array.from({ length: 2_000 }, (_, n) => [`p${n}`, {}])) },
    ],
    ['too much text', { properties: { a: { enum: Array.from({ length: 5_000 }, (_, n) => `value ${n}`) } } }],
  ])('is not offered when it is %s', (_, schema) => {
    expect(read(schema)).toBeUndefined();
  });

  it('never makes the check of an input throw, whatever a server sends', () => {
    fc.assert(
      fc.property(schemas, fc.jsonValue(), (schema, input) => {
        const kept = read({ type: 'object', properties: { x: schema } });
        const validator = kept && validatorOf(kept);
        validator?.safeParse({ x: input });
        if (validator) expect(z.toJSONSchema(validator, { io: 'input' }).type).toBe('object');
      }),
    );
  });
});

const keyword = fc.constantFrom(
  ...[
    'type',
    'enum',
    'const',
    'required',
    'minimum',
    'maxLength',
    'items',
    'properties',
    'anyOf',
    'allOf',
    '$ref',
  ],
  ...['additionalProperties', 'default', 'description', 'not', 'pattern'],
);
const words = fc.constantFrom('string', 'object', 'array', 'number', 'null', '#/$defs/x', '__proto__');
const { schemas } = fc.letrec((tie) => ({
  schemas: fc.dictionary(
    keyword,
    fc.oneof(words, fc.jsonValue({ maxDepth: 2 }), tie('lists'), tie('schemas')),
    {
      maxKeys: 4,
    },
  ),
  lists: fc.array(fc.oneof(words, tie('schemas')), { maxLength: 3 }),
}));
