import { apiRoutes, type ApiRoute } from '@missions/contracts';
import { openApiDocument } from './openapi.ts';

const paths = openApiDocument()['paths'] as Readonly<
  Record<string, Readonly<Record<string, { readonly parameters: readonly { in: string; name: string }[] }>>>
>;

/** The headers of a route, by its key in the table of routes; throws where the document lacks it. */
function headersOf(key: string): readonly string[] {
  const [method = '', pattern = ''] = key.split(' ');
  const operation = paths[pattern.replaceAll(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()];
  if (operation === undefined) throw new Error(`The document has no ${key}.`);
  return operation.parameters.filter((one) => one.in === 'header').map(({ name }) => name);
}

const changing = Object.entries<ApiRoute>(apiRoutes)
  .filter(([, { status }]) => status === 202)
  .map(([key]) => key);

describe('the OpenAPI document', () => {
  it('lets every command happen once, under its idempotency key', () => {
    expect(changing.filter((key) => !headersOf(key).includes('Idempotency-Key'))).toEqual([]);
  });

  it('promises to look at the version of a mission where it does, which locks have not', () => {
    const unconditional = changing.filter((key) => !headersOf(key).includes('If-Match'));
    expect(unconditional.toSorted()).toEqual([
      'POST /v1/locks/:scope/extend',
      'POST /v1/locks/:scope/reorder',
      'POST /v1/locks/:scope/revoke',
    ]);
  });

  it('asks for no header where nothing is changed', () => {
    expect(headersOf('GET /v1/locks')).toEqual([]);
  });
});
