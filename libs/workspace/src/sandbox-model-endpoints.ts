/**
 * A model provider that a session may call without holding its key: the proxy serves it on the session's loopback by
 * name, adds the key outside, and forwards only calls of the model API.
 */
export interface ModelEndpoint {
  /** The provider's name in the configuration; one path segment of the address inside. */
  readonly name: string;
  /** `anthropic`: the Messages API. `openai`: chat completions, responses and completions as OpenAI defined them. */
  readonly protocol: ModelProtocol;
  /** As an admin configured it, so it may lie on loopback or a private network. */
  readonly baseUrl: string;
  /** What proves who pays (`x-api-key`, `authorization`); never seen inside, and cut out of an answer that echoes it. */
  readonly headers: Readonly<Record<string, string>>;
}

export type ModelProtocol = 'anthropic' | 'openai';

/** Tokens of one call in the provider's own count; `input` without what was read from or written to the cache. */
export interface ModelCallUsage {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
}

/** A call before it leaves the host. */
export interface ModelCallRequest {
  readonly provider: string;
  readonly protocol: ModelProtocol;
  readonly method: string;
  /** Below the provider's base address, without the query: `/v1/messages`. */
  readonly path: string;
  /** As the request names it; undefined where it names none, such as a listing of models. */
  readonly model: string | undefined;
  /** The most tokens the request lets the reply have. */
  readonly maxTokens: number | undefined;
  readonly requestBytes: number;
}

/** A call after its answer ended, or was cut off. Without a key in it, and without any text of the conversation. */
export interface ModelCall extends ModelCallRequest {
  /** Of the provider's answer; undefined when there was none. */
  readonly status: number | undefined;
  /** As far as the answer showed it: undefined is unknown, not zero. */
  readonly usage: ModelCallUsage | undefined;
  /** False when the answer was cut off, by either side: its usage is then what had been told so far. */
  readonly complete: boolean;
  readonly durationMs: number;
}

/** What the caller of a proxy learns of the model calls it carries, and may refuse. */
export interface ModelCallWatch {
  /** A sentence refuses the call (the program inside gets it with status 403); undefined lets it out. */
  readonly admitModelCall?: (call: ModelCallRequest) => string | undefined | Promise<string | undefined>;
  /** Once for each call that was let out, when it is over. */
  readonly onModelCall?: (call: ModelCall) => void;
}
