import type { EgressAccess } from '../sandbox-egress.ts';
import type { ModelProtocol } from '../sandbox-model-endpoints.ts';
import { providersPath } from './model-api.ts';

/** Clients refuse to start without a key; this one opens nothing, and the proxy throws it away. */
const noKey = 'added-by-the-egress-proxy';

/**
 * What a session's programs read to find the proxy on `port` of their loopback, and the model providers behind it.
 * Of several providers of one protocol the first is the one that clients find by themselves.
 */
export function egressEnvironment(
  { endpoints = [] }: EgressAccess,
  port: number,
): Readonly<Record<string, string>> {
  const proxyUrl = `http://127.0.0.1:${String(port)}`;
  const urlOf = (protocol: ModelProtocol): string | undefined => {
    const endpoint = endpoints.find((served) => served.protocol === protocol);
    return endpoint && `${proxyUrl}${providersPath}${encodeURIComponent(endpoint.name)}`;
  };
  const anthropic = urlOf('anthropic');
  const openai = urlOf('openai');
  return {
    HTTP_PROXY: proxyUrl,
    HTTPS_PROXY: proxyUrl,
    http_proxy: proxyUrl,
    https_proxy: proxyUrl,
    NO_PROXY: 'localhost,127.0.0.1,::1',
    no_proxy: 'localhost,127.0.0.1,::1',
    NODE_USE_ENV_PROXY: '1', // Node needs to be told that it should.
    ...(endpoints.length > 0 && { MISSIONS_PROVIDERS_URL: `${proxyUrl}${providersPath}` }),
    ...(anthropic !== undefined && { ANTHROPIC_BASE_URL: anthropic, ANTHROPIC_API_KEY: noKey }),
    ...(openai !== undefined && { OPENAI_BASE_URL: `${openai}/v1`, OPENAI_API_KEY: noKey }),
  };
}
