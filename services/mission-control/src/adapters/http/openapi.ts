import { apiRoutes, commandAcceptedSchema, problemSchema, type ApiRoute } from '@missions/contracts';
import { z } from 'zod';

type Json = Readonly<Record<string, unknown>>;

/** The API as OpenAPI 3.1, from the same rows that authorize it and the same schemas that check it. */
export function openApiDocument(): Json {
  const schemas: Record<string, unknown> = {};
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [key, route] of Object.entries<ApiRoute>(apiRoutes)) {
    const [method = '', pattern = ''] = key.split(' ');
    const path = pattern.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [method.toLowerCase()]: operation(route, path, schemas) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Missions',
      version: '1.0.0',
      description: 'Mission Control: see, steer and approve missions.',
    },
    paths,
    components: {
      schemas,
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
    },
  };
}

function operation(route: ApiRoute, path: string, schemas: Record<string, unknown>): Json {
  return {
    summary: route.summary,
    security: route.role === 'public' ? [] : [{ bearer: [] }],
    'x-minimal-role': route.role,
    parameters: [...pathParameters(path), ...queryParameters(route), ...headerParameters(route)],
    ...(route.body && {
      requestBody: { required: true, content: json(schemaOf(route.body, 'input', schemas)) },
    }),
    responses: {
      [String(route.status ?? 200)]: { description: 'Done', content: contentOf(route, schemas) },
      default: {
        description: 'Refused, with a stable code',
        content: { 'application/problem+json': { schema: schemaOf(problemSchema, 'output', schemas) } },
      },
    },
  };
}

function contentOf({ response, media }: ApiRoute, schemas: Record<string, unknown>): Json {
  const schema = response && schemaOf(response, 'output', schemas);
  const streams = (media ?? []).map((type) => [type, { schema: { type: 'string' } }] as const);
  return { ...(schema && json(schema)), ...Object.fromEntries(streams) };
}

function pathParameters(path: string): readonly Json[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
}

function queryParameters({ query }: ApiRoute): readonly Json[] {
  if (query === undefined) return [];
  const { properties } = z.toJSONSchema(query, { io: 'input' });
  return Object.entries(properties ?? {}).map(([name, schema]) => ({ name, in: 'query', schema }));
}

/** A version is one of a mission: what changes a lock is decided on its ledger as it is then. */
function headerParameters({ status, response }: ApiRoute): readonly Json[] {
  if (status !== 202) return [];
  const names = ['Idempotency-Key', ...(response === commandAcceptedSchema ? ['If-Match'] : [])];
  return names.map((name) => ({ name, in: 'header', schema: { type: 'string' } }));
}

function json(schema: Json): Json {
  return { 'application/json': { schema } };
}

/** Named schemas become components; the rest stays where it is used. */
function schemaOf(type: z.ZodType, io: 'input' | 'output', schemas: Record<string, unknown>): Json {
  const { $defs, $schema: _schema, ...schema } = z.toJSONSchema(type, { io, unrepresentable: 'any' });
  const moved = moveReferences(schema);
  for (const [name, definition] of Object.entries($defs ?? {})) schemas[name] = moveReferences(definition);
  const { id } = type.meta() ?? {};
  if (id === undefined) return moved;
  schemas[id] = moved;
  return { $ref: `#/components/schemas/${id}` };
}

function moveReferences(schema: object): Json {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/')) as Json;
}
