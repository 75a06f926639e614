import type { ModelEndpoint, ModelProtocol } from '../sandbox-model-endpoints.ts';

/** Addresses of model providers inside a session begin with this, then the provider's name. */
export const providersPath = '/providers/';

interface Route {
  readonly method: 'GET' | 'POST';
  readonly path: RegExp;
}

/** All that the proxy carries: a key must not open what a provider offers beside its models (files, batches, accounts). */
const routes: Readonly<Record<ModelProtocol, readonly Route[]>> = {
  anthropic: [
    { method: 'POST', path: /^\/v1\/messages(\/count_tokens)?$/ },
    { method: 'GET', path: /^\/v1\/models(\/[\w.:-]+)?$/ },
  ],
  openai: [
    { method: 'POST', path: /^\/(chat\/completions|completions|responses|embeddings)$/ },
    { method: 'GET', path: /^\/models(\/[\w.:-]+)*$/ },
  ],
};

/** The headers of a request that a provider needs; whatever else the agent sent, its own keys first, stays inside. */
const forwardedHeaders =
  /^(accept|content-type|user-agent|anthropic-(version|beta)|openai-beta|x-stainless-[\w-]+|x-app)$/;

export interface ModelTarget {
  readonly endpoint: ModelEndpoint;
  readonly method: string;
  readonly path: string;
  readonly search: string;
}

/** The endpoint that an address inside names; undefined when no provider of that name is served. */
export function endpointNamed(
  url: string,
  endpoints: readonly ModelEndpoint[],
): { readonly endpoint: ModelEndpoint; readonly path: string; readonly search: string } | undefined {
  const found = /^\/providers\/([^/?#]+)(\/[^?#]*)?(\?[^#]*)?$/.exec(url);
  const endpoint = endpoints.find(({ name }) => encodeURIComponent(name) === found?.[1]);
  if (!endpoint) return undefined;
  const path = found?.[2] ?? '/';
  // A client of OpenAI's API is given an address that ends in /v1, because some take only such a one.
  const below = endpoint.protocol === 'openai' ? path.replace(/^\/v1(?=\/)/, '') : path;
  return { endpoint, path: below, search: found?.[3] ?? '' };
}

export function isModelApi(protocol: ModelProtocol, method: string, path: string): boolean {
  return routes[protocol].some((route) => route.method === method && route.path.test(path));
}

/** Where a call really goes: the endpoint's own address with the call's path below it. */
export function upstreamUrl({ endpoint, path, search }: ModelTarget): URL {
  return new URL(`${endpoint.baseUrl.replace(/\/+$/, '')}${path}${search}`);
}

export function forwardedRequestHeaders(
  sent: Readonly<Record<string, string | readonly string[] | undefined>>,
): Record<string, string> {
  const kept = Object.entries(sent).filter(
    (entry): entry is [string, string] => forwardedHeaders.test(entry[0]) && typeof entry[1] === 'string',
  );
  return Object.fromEntries(kept);
}
