import { createHash } from 'node:crypto';
import type { Usage } from '../reply.ts';
import { blocksOf, type WireBody } from './wire-body.ts';

const MAX_BREAKPOINTS = 4;
/** How many blocks are looked at from a breakpoint backwards, itself the first. */
const LOOKBACK_BLOCKS = 20;

export interface PromptCacheOptions {
  /** Shorter prefixes are not cached, without a word; 1024 to 4096 at the real one, by model. */
  readonly minimumTokens?: number;
  /** Milliseconds of a clock. */
  readonly now?: () => number;
}

/** The prompt up to and including one block. */
interface Prefix {
  readonly digest: string;
  readonly tokens: number;
  /** How long it is kept, where a breakpoint follows the block. */
  readonly ttlMs: number | undefined;
}

interface Piece {
  readonly text: string;
  readonly ttlMs: number | undefined;
}

/**
 * The provider's prompt cache in small, by its published rules: what is written ends at a breakpoint; a breakpoint reads
 * the longest entry that ends at one of the 20 blocks before it; an entry lives five minutes (or an hour, where asked)
 * from when it was last written or read; tools come before the system prompt, and that before the messages.
 */
export class PromptCache {
  private readonly expiries = new Map<string, number>();
  private readonly minimumTokens: number;
  private readonly now: () => number;

  constructor(options: PromptCacheOptions = {}) {
    this.minimumTokens = options.minimumTokens ?? 1024;
    this.now = options.now ?? Date.now;
  }

  /** Splits the input of a request into read, written and plain tokens, and remembers what it wrote. */
  account(body: WireBody): Omit<Usage, 'output'> {
    const prefixes = prefixesOf(body);
    const breakpoints = prefixes.flatMap(({ ttlMs, tokens }, index) =>
      ttlMs === undefined || tokens < this.minimumTokens ? [] : [{ index, ttlMs }],
    );
    const reads = breakpoints.map(({ index, ttlMs }) => this.read(prefixes, index, ttlMs));
    for (const { index, ttlMs } of breakpoints) this.keep(prefixes[index], ttlMs);
    const total = prefixes.at(-1)?.tokens ?? 0;
    const marked = prefixes[breakpoints.at(-1)?.index ?? -1]?.tokens ?? 0;
    const cacheRead = Math.max(0, ...reads);
    return { input: total - marked, cacheRead, cacheWrite: marked - cacheRead };
  }

  private read(prefixes: readonly Prefix[], from: number, ttlMs: number): number {
    const first = Math.max(0, from - LOOKBACK_BLOCKS + 1);
    const hit = prefixes.slice(first, from + 1).findLast(({ digest }) => this.isAlive(digest));
    this.keep(hit, ttlMs);
    return hit?.tokens ?? 0;
  }

  private isAlive(digest: string): boolean {
    return (this.expiries.get(digest) ?? 0) > this.now();
  }

  private keep(prefix: Prefix | undefined, ttlMs: number): void {
    if (prefix) this.expiries.set(prefix.digest, this.now() + ttlMs);
  }
}

/** What the API says to a request with too many breakpoints; undefined when they are few enough. */
export function breakpointFault(body: WireBody): string | undefined {
  const found = piecesOf(body).filter(({ ttlMs }) => ttlMs !== undefined).length;
  if (found <= MAX_BREAKPOINTS) return undefined;
  return `A maximum of ${MAX_BREAKPOINTS} blocks with cache_control may be provided. Found ${found}.`;
}

/** A rough count; the point is that equal text counts equally. */
export function tokensOf(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / 4);
}

function prefixesOf(body: WireBody): readonly Prefix[] {
  const hash = createHash('sha256').update(body.model);
  let tokens = 0;
  return piecesOf(body).map(({ text, ttlMs }) => {
    tokens += tokensOf(text);
    return { digest: hash.update(text).update('\0').copy().digest('hex'), tokens, ttlMs };
  });
}

function piecesOf(body: WireBody): readonly Piece[] {
  const tools = body.tools.map((tool) => toPiece(tool, 'tool'));
  const system = blocksOf(body.system).map((part) => toPiece(part, 'system'));
  // How the model thinks is part of what the messages are cached with, not of tools and system.
  const how = JSON.stringify([body['thinking'], body['tool_choice']]);
  const messages = body.messages.flatMap(({ role, content }) =>
    blocksOf(content).map((part) => toPiece(part, role + how)),
  );
  return [...tools, ...system, ...messages];
}

function toPiece(part: object, place: string): Piece {
  const { cache_control: mark, ...content } = part as { cache_control?: { readonly ttl?: string } | null };
  const minutes = mark?.ttl === '1h' ? 60 : 5;
  return { text: JSON.stringify([place, content]), ttlMs: mark ? minutes * 60_000 : undefined };
}
