import type { ModelCallUsage } from '../sandbox-model-endpoints.ts';

/** A reply that is not a stream and larger than this shows no usage; streams are read line by line. */
const readLimitBytes = 16 * 1024 * 1024;

type Numbers = Readonly<Record<string, unknown>>;

/** Reads, from the bytes of an answer as they pass, how many tokens the call took; keeps nothing of its text. */
export class UsageMeter {
  private usage: ModelCallUsage | undefined;
  private pending = '';
  private skipping = false;
  private readonly decoder = new TextDecoder();

  constructor(private readonly streamed: boolean) {}

  push(chunk: Uint8Array): void {
    this.pending += this.decoder.decode(chunk, { stream: true });
    if (this.streamed) this.readLines();
    if (this.pending.length <= readLimitBytes) return;
    this.pending = '';
    this.skipping = true;
  }

  end(): ModelCallUsage | undefined {
    if (!this.skipping) this.read(this.streamed ? this.pending.replace(/^data:/, '') : this.pending);
    this.pending = '';
    return this.usage;
  }

  private readLines(): void {
    for (let end = this.pending.indexOf('\n'); end >= 0; end = this.pending.indexOf('\n')) {
      const line = this.pending.slice(0, end);
      this.pending = this.pending.slice(end + 1);
      if (!this.skipping && line.startsWith('data:')) this.read(line.slice(5));
      this.skipping = false;
    }
  }

  private read(json: string): void {
    if (!json.includes('"usage"')) return;
    for (const found of usagesIn(json)) this.usage = merged(this.usage, found);
  }
}

/** At the top of a reply, in the `message` that opens an Anthropic stream, in the `response` that ends an OpenAI one. */
function usagesIn(json: string): readonly Numbers[] {
  try {
    const body = JSON.parse(json) as Numbers | null;
    return [body, body?.['message'], body?.['response']]
      .map((place) => (isObject(place) ? place['usage'] : undefined))
      .filter(isObject);
  } catch {
    return []; // Not ours to judge: the agent gets the bytes as they are.
  }
}

/** Counts in a stream are cumulative: a later number replaces an earlier one, and a missing one leaves it. */
function merged(former: ModelCallUsage | undefined, found: Numbers): ModelCallUsage {
  const details = found['prompt_tokens_details'] ?? found['input_tokens_details'];
  const cached = isObject(details) ? count(details['cached_tokens']) : undefined;
  const cacheRead = count(found['cache_read_input_tokens']) ?? cached ?? former?.cacheRead ?? 0;
  const withCached =
    count(found['prompt_tokens']) ?? (cached === undefined ? undefined : count(found['input_tokens']));
  const plain = count(found['input_tokens']) ?? former?.input ?? 0;
  return {
    input: withCached === undefined ? plain : Math.max(withCached - cacheRead, 0),
    output: count(found['output_tokens']) ?? count(found['completion_tokens']) ?? former?.output ?? 0,
    cacheRead,
    cacheWrite: count(found['cache_creation_input_tokens']) ?? former?.cacheWrite ?? 0,
  };
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

function isObject(value: unknown): value is Numbers {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
