import { contracts } from './schemas.mjs';
import { table } from './words.mjs';

/** Every route of the API from its one authorization table. */
export function routeTable() {
  const rows = Object.entries(contracts.apiRoutes).map(([route, { role, summary, query, body, media }]) => [
    `\`${route}\``,
    role,
    summary,
    [parameters('?', query), parameters('', body), ...(media ?? []).map((type) => `\`${type}\``)]
      .filter(Boolean)
      .join('; '),
  ]);
  return table(['route', 'least role', 'what', 'takes; other media'], rows);
}

function parameters(prefix, schema) {
  const shapes = schema?._zod.def.options?.map((option) => option._zod.def.shape) ?? [schema?._zod.def.shape];
  const names = [...new Set(shapes.flatMap((shape) => Object.keys(shape ?? {})))];
  return names.map((name) => `\`${prefix}${name}\``).join(', ');
}
