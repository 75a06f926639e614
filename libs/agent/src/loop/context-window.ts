import type { RunState } from '../transcript/run-state.ts';

/** What a request is measured against. */
export interface ContextWindow {
  /** Undefined when nobody said how large the model's window is. */
  readonly contextTokens: number | undefined;
  /** Tokens of one reply. */
  readonly maxTokens: number;
  /** Bytes of the tools' definitions. */
  readonly toolBytes: number;
}

/** No tokenizer makes more tokens of usual text than one for two bytes; money is reserved by it, so it is high on purpose. */
const MOST_TOKENS_PER_BYTE = 1 / 2;
/** For a conversation that no provider has counted yet. */
const USUAL_TOKENS_PER_BYTE = 1 / 3;
/** Share of the window that a request may fill before room is made. */
const FULL = 0.8;
/** Never less than this, however long a reply may be. */
const LEAST = 0.4;
/** Share of what may be filled that is left after room was made, so that the new prefix lasts for a while. */
const ROOMY = 0.6;

/** The most tokens the next request can have: what was counted last, and the bytes that came since. */
export function mostInputTokens(state: RunState, { toolBytes }: Pick<ContextWindow, 'toolBytes'>): number {
  const { counted } = state;
  const bytes = counted ? state.bytes - counted.bytes : state.bytes + systemBytes(state) + toolBytes;
  return (counted?.tokens ?? 0) + Math.ceil(bytes * MOST_TOKENS_PER_BYTE);
}

/** The tokens the next request probably has. */
export function likelyInputTokens(state: RunState, { toolBytes }: Pick<ContextWindow, 'toolBytes'>): number {
  const { counted, tokensPerByte = USUAL_TOKENS_PER_BYTE } = state;
  const bytes = counted ? state.bytes - counted.bytes : state.bytes + systemBytes(state) + toolBytes;
  return (counted?.tokens ?? 0) + Math.ceil(bytes * tokensPerByte);
}

/** Tokens beyond which room is made; undefined when the window is unknown. */
export function fullAtTokens({ contextTokens, maxTokens }: ContextWindow): number | undefined {
  if (contextTokens === undefined) return undefined;
  return Math.max(LEAST * contextTokens, Math.min(FULL * contextTokens, contextTokens - maxTokens));
}

/** Bytes of conversation that a compaction leaves. A conversation that overflowed is its own measure of what is too much. */
export function roomyBytes(state: RunState, window: ContextWindow, reason: 'window' | 'overflow'): number {
  const likely = likelyInputTokens(state, window);
  const full = fullAtTokens(window) ?? likely;
  const tokens = ROOMY * (reason === 'overflow' ? Math.min(full, likely) : full);
  const fixedBytes = systemBytes(state) + window.toolBytes;
  return Math.max(0, tokens / (state.tokensPerByte ?? USUAL_TOKENS_PER_BYTE) - fixedBytes);
}

function systemBytes(state: RunState): number {
  return Buffer.byteLength(state.context?.system ?? '');
}
