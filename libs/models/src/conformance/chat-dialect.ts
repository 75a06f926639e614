/** How one server of Chat Completions departs from the protocol. */
export interface ChatDialect {
  /** Whether the last chunk counts tokens: when asked, in every chunk, or never. */
  readonly usage: 'when_asked' | 'in_every_chunk' | 'never';
  /** Whether the arguments of a call come in pieces or at once. */
  readonly calls: 'in_pieces' | 'at_once';
  readonly callIds: boolean;
  /** False: every call says index 0. */
  readonly callIndexes: boolean;
  readonly finishAfterCalls: 'tool_calls' | 'stop';
  readonly reasoningField: 'reasoning_content' | 'reasoning';
  readonly maxTokensField: 'max_tokens' | 'max_completion_tokens' | 'either';
  /** A comment line that shows a proxy is alive, before the first chunk. */
  readonly comment?: string;
}

const openai: ChatDialect = {
  usage: 'when_asked',
  calls: 'in_pieces',
  callIds: true,
  callIndexes: true,
  finishAfterCalls: 'tool_calls',
  reasoningField: 'reasoning_content',
  maxTokensField: 'either',
};

export const chatDialects = {
  openai,
  /** OpenAI's reasoning models, which know only the newer name. */
  'openai-reasoning': { ...openai, maxTokensField: 'max_completion_tokens' },
  vllm: { ...openai, finishAfterCalls: 'stop', maxTokensField: 'max_tokens' },
  ollama: { ...openai, calls: 'at_once', callIndexes: false, reasoningField: 'reasoning' },
  'llama.cpp': { ...openai, usage: 'in_every_chunk', callIds: false },
  gateway: { ...openai, usage: 'never', reasoningField: 'reasoning', comment: ': PROCESSING' },
  bare: { ...openai, usage: 'never', calls: 'at_once', callIds: false, callIndexes: false },
} as const satisfies Readonly<Record<string, ChatDialect>>;

export type ChatDialectName = keyof typeof chatDialects;
