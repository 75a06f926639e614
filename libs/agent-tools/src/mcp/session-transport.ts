import { serializeMessage, type JSONRPCMessage, type Transport } from '@modelcontextprotocol/client';
import type { BackgroundProcess, SandboxSession } from '@missions/workspace';
import { MessageLines } from './message-lines.ts';

/** All that a server may write before it is ended, its standard error included. */
const floodBytes = 16 * 1024 * 1024;

/** A dialogue by lines with a server that runs in a sandbox session, never on the host. */
export class SessionTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  private process: BackgroundProcess | undefined;
  private readonly lines = new MessageLines();
  private givenUp = false;

  constructor(
    private readonly session: Pick<SandboxSession, 'start'>,
    private readonly command: readonly [string, ...(readonly string[])],
  ) {}

  async start(): Promise<void> {
    const process = await this.session.start({
      command: this.command,
      stdin: 'stream',
      floodBytes,
      onOutput: (chunk, stream) => {
        if (stream === 'stdout') this.receive(Buffer.from(chunk));
      },
    });
    this.process = process;
    const ended = (): void => this.onclose?.();
    process.ended.then(ended, ended);
  }

  send(message: JSONRPCMessage): Promise<void> {
    return new Promise((resolve, reject) => {
      const stdin = this.process?.alive() === true ? this.process.stdin : undefined;
      if (!stdin) {
        reject(new Error('The server has ended.'));
        return;
      }
      // An end in between is told by `onclose`; a server that does not read is met by the time of the request.
      stdin.write(serializeMessage(message));
      resolve();
    });
  }

  async close(): Promise<void> {
    await this.process?.stop();
  }

  private receive(chunk: Buffer): void {
    if (this.givenUp) return;
    try {
      for (const message of this.lines.push(chunk)) this.onmessage?.(message);
    } catch (error) {
      this.givenUp = true;
      this.onerror?.(asError(error));
      void this.close();
    }
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
