import { createHash } from 'node:crypto';
import type { Usage } from '../reply.ts';
import { blocksOf, type WireBody } from './wire-body.ts';

interface Piece {
  readonly text: string;
  readonly breakpoint: boolean;
}

/** The provider's prompt cache in small: a prefix that ends at a breakpoint is written once and read from then on. */
export class PromptCache {
  private readonly written = new Set<string>();

  /** Splits the input of a request into read, written and plain tokens, and remembers what it wrote. */
  account(body: WireBody): Omit<Usage, 'output'> {
    const hash = createHash('sha256').update(body.model);
    let total = 0;
    let read = 0;
    let marked = 0;
    const marks: string[] = [];
    for (const piece of piecesOf(body)) {
      total += tokensOf(piece.text);
      const digest = hash.update(piece.text).update('\0').copy().digest('hex');
      if (this.written.has(digest)) read = total;
      if (!piece.breakpoint) continue;
      marked = total;
      marks.push(digest);
    }
    for (const digest of marks) this.written.add(digest);
    const cacheRead = Math.min(read, marked);
    return { input: total - marked, cacheRead, cacheWrite: marked - cacheRead };
  }
}

/** A rough count; the point is that equal text counts equally. */
export function tokensOf(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / 4);
}

function piecesOf(body: WireBody): readonly Piece[] {
  const tools = body.tools.length === 0 ? [] : [{ text: JSON.stringify(body.tools), breakpoint: false }];
  const system = blocksOf(body.system).map(toPiece);
  const messages = body.messages.flatMap((message) => blocksOf(message.content).map(toPiece));
  return [...tools, ...system, ...messages];
}

function toPiece(part: object): Piece {
  const { cache_control: mark, ...content } = part as { cache_control?: unknown };
  return { text: JSON.stringify(content), breakpoint: mark !== undefined && mark !== null };
}
