/**
 * What servers of Chat Completions really send: every field may be missing or null, whatever the protocol says.
 * `reasoning_content` is vLLM's, llama.cpp's and DeepSeek's word, `reasoning` that of Ollama and of gateways.
 */
export interface WireChunk {
  readonly choices?: readonly WireChoice[] | null;
  readonly usage?: WireUsage | null;
}

export interface WireChoice {
  readonly index?: number | null;
  readonly delta?: WireDelta | null;
  readonly finish_reason?: string | null;
}

export interface WireDelta {
  readonly content?: string | null;
  readonly reasoning_content?: string | null;
  readonly reasoning?: string | null;
  readonly refusal?: string | null;
  readonly tool_calls?: readonly WireCall[] | null;
}

export interface WireCall {
  readonly index?: number | null;
  readonly id?: string | null;
  readonly function?: {
    readonly name?: string | null;
    /** Text by the protocol; some servers send the object itself. */
    readonly arguments?: string | object | null;
  } | null;
}

export interface WireUsage {
  readonly prompt_tokens?: number | null;
  readonly completion_tokens?: number | null;
  readonly prompt_tokens_details?: {
    readonly cached_tokens?: number | null;
    readonly cache_write_tokens?: number | null;
  } | null;
  /** DeepSeek's word for `cached_tokens`. */
  readonly prompt_cache_hit_tokens?: number | null;
}
