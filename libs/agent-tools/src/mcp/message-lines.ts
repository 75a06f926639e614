import { parseJSONRPCMessage, type JSONRPCMessage } from '@modelcontextprotocol/client';
import { ServerFault } from './server-fault.ts';

/** The longest message of a server that is read. */
const messageBytes = 4 * 1024 * 1024;
/** Lines that are no message of the protocol; a program that talks for a while says more than that. */
const strayLines = 1_000;

/**
 * The messages in what a server writes, one a line. Reading must cost little whatever comes: a line that cannot be a message is
 * not parsed, and a notification, which nobody here waits for, goes no further. Throws a `ServerFault` when the dialogue is
 * not worth going on.
 */
export class MessageLines {
  private pieces: Buffer[] = [];
  private pieceBytes = 0;
  private stray = 0;

  *push(chunk: Buffer): Generator<JSONRPCMessage> {
    let rest = chunk;
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      this.pieces.push(rest.subarray(0, end));
      const line = Buffer.concat(this.pieces.splice(0));
      this.pieceBytes = 0;
      rest = rest.subarray(end + 1);
      const message = this.messageIn(line);
      if (message) yield message;
    }
    this.pieces.push(rest);
    this.pieceBytes += rest.length;
    if (this.pieceBytes > messageBytes) throw new ServerFault('malformed', 'it sent more than is read');
  }

  private messageIn(line: Buffer): JSONRPCMessage | undefined {
    const value = line[0] === openingBrace ? parsed(line) : undefined;
    if (isObject(value) && !('id' in value)) return undefined;
    try {
      if (isObject(value)) return parseJSONRPCMessage(value);
    } catch {
      // Told by the count below.
    }
    this.stray += 1;
    if (this.stray > strayLines) throw new ServerFault('malformed', 'what it sent is not the protocol');
    return undefined;
  }
}

const openingBrace = 0x7b;

function parsed(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString('utf8'));
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
