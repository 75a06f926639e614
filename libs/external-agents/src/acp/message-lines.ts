import type { AnyMessage } from '@agentclientprotocol/sdk';

export interface MessageLinesParts {
  readonly lineBytes: number;
  readonly onMessage: (message: AnyMessage) => void;
  /** A line that is no JSON-RPC message. */
  readonly onMalformed: (line: string) => void;
  /** A line is longer than it may be; nothing after it is read. */
  readonly onTooLong: () => void;
}

/** Cuts what an agent writes into JSON-RPC messages, one a line; bounded, because nothing of it can be trusted. */
export class MessageLines {
  private readonly pieces: Buffer[] = [];
  private pieceBytes = 0;
  private overflown = false;

  constructor(private readonly parts: MessageLinesParts) {}

  push(chunk: Uint8Array): void {
    let rest = Buffer.from(chunk);
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      if (!this.keep(rest.subarray(0, end))) return;
      this.take(Buffer.concat(this.pieces.splice(0)).toString('utf8').trim());
      this.pieceBytes = 0;
      rest = rest.subarray(end + 1);
    }
    this.keep(rest);
  }

  /** False when nothing is read any more. */
  private keep(piece: Buffer): boolean {
    if (this.overflown) return false;
    this.pieceBytes += piece.length;
    if (this.pieceBytes <= this.parts.lineBytes) {
      this.pieces.push(piece);
      return true;
    }
    this.overflown = true;
    this.pieces.length = 0;
    this.parts.onTooLong();
    return false;
  }

  private take(line: string): void {
    if (line === '') return;
    const message = parsed(line);
    if (message) this.parts.onMessage(message);
    else this.parts.onMalformed(line);
  }
}

function parsed(line: string): AnyMessage | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isMessage(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isMessage(value: unknown): value is AnyMessage {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const { jsonrpc, method, id } = value as Readonly<Record<string, unknown>>;
  if (jsonrpc !== '2.0') return false;
  const named = typeof id === 'string' || typeof id === 'number';
  return typeof method === 'string' ? named || id === undefined : method === undefined && named;
}
