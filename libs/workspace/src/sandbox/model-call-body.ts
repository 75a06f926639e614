import type { IncomingMessage } from 'node:http';
import type { ModelCallRequest } from '../sandbox-model-endpoints.ts';
import type { ModelTarget } from './model-api.ts';

/** Above what any provider takes in one request. */
const bodyLimitBytes = 64 * 1024 * 1024;

/** The whole body; undefined when it is larger than any provider takes. */
export async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bodyLimitBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

export function describedCall({ endpoint, method, path }: ModelTarget, body: Buffer): ModelCallRequest {
  const asked = parsed(body);
  const maxTokens = asked['max_tokens'] ?? asked['max_completion_tokens'] ?? asked['max_output_tokens'];
  return {
    provider: endpoint.name,
    protocol: endpoint.protocol,
    method,
    path,
    model: typeof asked['model'] === 'string' ? asked['model'] : undefined,
    maxTokens: typeof maxTokens === 'number' ? maxTokens : undefined,
    requestBytes: body.length,
  };
}

/** A stream of chat completions tells its usage only when asked to; a call that costs must not go uncounted. */
export function callBody({ endpoint, path }: ModelTarget, body: Buffer): Buffer {
  if (endpoint.protocol !== 'openai' || !/completions$/.test(path)) return body;
  const asked = parsed(body);
  if (asked['stream'] !== true) return body;
  const options = asked['stream_options'];
  const streamOptions = { ...(typeof options === 'object' ? options : {}), include_usage: true };
  return Buffer.from(JSON.stringify({ ...asked, stream_options: streamOptions }));
}

function parsed(body: Buffer): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {}; // The provider says what is wrong with it.
  }
}
