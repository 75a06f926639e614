import type { ModelReply, Usage } from '../reply.ts';
import type { ModelRequest } from '../request.ts';
import type { WireUsage } from './wire-chunk.ts';

/** No tokenizer makes more tokens of usual text than one for two bytes. */
const BYTES_PER_TOKEN = 2;

/** The counts of a server, with what it read from its cache taken out of the input; undefined when it counted nothing. */
export function readUsage(usage: WireUsage): Usage | undefined {
  const prompt = count(usage.prompt_tokens);
  const output = count(usage.completion_tokens);
  if (prompt === 0 && output === 0) return undefined;
  const details = usage.prompt_tokens_details;
  const cacheRead = Math.min(prompt, count(details?.cached_tokens ?? usage.prompt_cache_hit_tokens));
  const cacheWrite = Math.min(prompt - cacheRead, count(details?.cache_write_tokens));
  return { input: prompt - cacheRead - cacheWrite, output, cacheRead, cacheWrite };
}

/** What is charged when a server counts nothing: by length, and high on purpose, since money is held by it. */
export function usageByLength(request: ModelRequest, content: ModelReply['content']): Usage {
  const { system, messages, tools } = request;
  return {
    input: tokensOf({ system, messages, tools }),
    output: tokensOf(content),
    cacheRead: 0,
    cacheWrite: 0,
  };
}

function tokensOf(value: unknown): number {
  return Math.ceil(Buffer.byteLength(JSON.stringify(value)) / BYTES_PER_TOKEN);
}

function count(value: number | null | undefined): number {
  return typeof value === 'number' && Number.isFinite(value) ? Math.max(0, Math.trunc(value)) : 0;
}
