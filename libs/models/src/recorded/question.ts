import { createHash } from 'node:crypto';
import type { ModelRequest } from '../request.ts';
import { parseRunHeader, type RunHeader } from '../run-header.ts';

/** A request as it is compared: each part by its digest, so that a recording holds every message once. */
export interface Question {
  /** Digest of everything below but `header` and `turn`. */
  readonly key: string;
  /** What the run serves, without the mission's id. */
  readonly header: RunHeader;
  /** Counted from 1. */
  readonly turn: number;
  readonly model: string;
  readonly system: string;
  readonly tools: readonly string[];
  readonly messages: readonly string[];
  readonly maxTokens: number;
  readonly effort?: string | undefined;
}

export interface AskedQuestion {
  readonly question: Question;
  /** The parts themselves, by digest. */
  readonly parts: ReadonlyMap<string, unknown>;
}

/** Takes a request apart. Equal requests give equal keys, in whatever order a database returned the keys of an object. */
export function questionOf(
  request: ModelRequest,
  about: { readonly model: string; readonly header: RunHeader },
): AskedQuestion {
  const parts = new Map<string, unknown>();
  const part = (value: unknown): string => {
    const digest = digestOf(value).slice(0, 24);
    parts.set(digest, value);
    return digest;
  };
  const asked = {
    model: about.model,
    system: part(request.system),
    tools: request.tools.map(part),
    messages: request.messages.map(part),
    maxTokens: request.maxTokens,
    ...(request.effort === undefined ? {} : { effort: request.effort }),
  };
  const turn = request.messages.filter(({ role }) => role === 'assistant').length + 1;
  return { question: { key: digestOf(asked), header: about.header, turn, ...asked }, parts };
}

/** What the run of a request serves. */
export function headerOf({ messages }: ModelRequest): RunHeader {
  const first = messages[0]?.content[0];
  return (first?.type === 'text' ? parseRunHeader(first.text) : undefined) ?? {};
}

function digestOf(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}

export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
    const entries = Object.entries(part).sort(([one], [other]) => (one < other ? -1 : 1));
    return Object.fromEntries(entries);
  });
}
