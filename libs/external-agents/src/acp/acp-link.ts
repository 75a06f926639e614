import {
  client,
  methods,
  PROTOCOL_VERSION,
  type AnyMessage,
  type ClientApp,
  type ClientContext,
} from '@agentclientprotocol/sdk';
import { FailRun } from '@missions/agent';
import type { BackgroundProcess, CommandResult, SandboxSession } from '@missions/workspace';
import type { ExternalAgentLimits } from '../limits.ts';
import { MessageLines } from './message-lines.ts';

export const clientName = 'missions';
const stderrCharacters = 8_000;

export interface AcpLinkParts {
  readonly session: SandboxSession;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly limits: ExternalAgentLimits;
  /** Adds what we serve to the agent. */
  readonly serve: (app: ClientApp) => ClientApp;
  /** Every message is a sign of life. */
  readonly onMessage: () => void;
  /** The parameters of a `session/update`: there may be very many, so they do not pass through the protocol's own checks. */
  readonly onUpdate: (params: unknown) => void;
  /** The agent goes too far; it is not listened to any more. */
  readonly onFault: (fault: FailRun) => void;
}

/** The connection to one process of an agent: JSON-RPC over its standard streams, everything bounded. */
export class AcpLink {
  readonly agent: ClientContext;
  /** Resolves when the process is gone. */
  readonly ended: Promise<CommandResult>;
  private malformed = 0;
  private turnBytes = 0;
  private inFlight = 0;
  private readonly asked = new Set<unknown>();
  private deaf = false;
  private stderr = '';

  private constructor(
    private readonly parts: AcpLinkParts,
    private readonly process: BackgroundProcess,
    private readonly incoming: Incoming,
  ) {
    const outgoing = new WritableStream<AnyMessage>({ write: (message) => this.send(message) });
    const app = parts.serve(client({ name: clientName }));
    this.agent = app.connect({ readable: incoming.readable, writable: outgoing }).agent;
    this.ended = process.ended;
    this.ended.catch(() => undefined);
    void this.ended.then(incoming.end, incoming.end);
  }

  static async open(parts: AcpLinkParts): Promise<AcpLink> {
    const [file, ...args] = parts.command;
    if (file === undefined) throw new FailRun('tool', 'No command is configured for the agent.');
    const incoming = incomingMessages();
    const opened: { link?: AcpLink } = {};
    const early: (readonly [Uint8Array, 'stdout' | 'stderr'])[] = [];
    const lines = new MessageLines({
      lineBytes: parts.limits.lineBytes,
      onMessage: (message) => opened.link?.receive(message),
      onMalformed: (line) => opened.link?.complain(line),
      onTooLong: () => opened.link?.fault(`one message of more than ${String(parts.limits.lineBytes)} bytes`),
    });
    const hear = (chunk: Uint8Array, stream: 'stdout' | 'stderr'): void => {
      const { link } = opened;
      if (!link) early.push([chunk, stream]);
      else if (stream === 'stderr') link.note(chunk);
      else if (link.count(chunk)) lines.push(chunk);
    };
    const process = await parts.session.start({
      command: [file, ...args],
      env: parts.env,
      stdin: 'stream',
      floodBytes: Number.POSITIVE_INFINITY, // Counted here, turn by turn.
      onOutput: hear,
    });
    const link = new AcpLink(parts, process, incoming);
    opened.link = link;
    for (const [chunk, stream] of early) hear(chunk, stream);
    return link;
  }

  get alive(): boolean {
    return this.process.alive();
  }

  /** A new turn has its own count of bytes. */
  beginTurn(): void {
    this.turnBytes = 0;
    this.malformed = 0;
  }

  /** What it wrote last to its standard error; not redacted. */
  get lastErrors(): string {
    return this.stderr;
  }

  /** Kills the process with everything it started. */
  async stop(): Promise<void> {
    this.deaf = true;
    await this.process.stop().catch(() => undefined);
  }

  private count(chunk: Uint8Array): boolean {
    if (this.deaf) return false;
    this.turnBytes += chunk.length;
    if (this.turnBytes > this.parts.limits.turnBytes)
      this.fault(`more than ${String(this.parts.limits.turnBytes)} bytes in one turn`);
    return !this.deaf;
  }

  private note(chunk: Uint8Array): void {
    this.stderr = (this.stderr + Buffer.from(chunk).toString('utf8')).slice(-stderrCharacters);
  }

  private receive(message: AnyMessage): void {
    if (this.deaf) return;
    this.parts.onMessage();
    const asks = 'method' in message && 'id' in message;
    // An answer to nothing we asked is not worth a word.
    if (!('method' in message) && !this.asked.delete(message.id)) return;
    if (asks && (this.inFlight += 1) > this.parts.limits.requestsInFlight) {
      this.fault(`more than ${String(this.parts.limits.requestsInFlight)} requests at a time`);
      return;
    }
    if ('method' in message && !asks && message.method === methods.client.session.update)
      this.parts.onUpdate(message.params);
    else this.incoming.push(message);
  }

  private complain(line: string): void {
    if (this.deaf) return;
    this.malformed += 1;
    if (this.malformed > this.parts.limits.malformedLines)
      this.fault(`${String(this.malformed)} lines that are no message, the last one: ${line.slice(0, 200)}`);
  }

  private fault(what: string): void {
    if (this.deaf) return;
    this.deaf = true;
    this.parts.onFault(new FailRun('tool', `The agent was stopped, because it sent ${what}.`));
  }

  private async send(message: AnyMessage): Promise<void> {
    if ('method' in message && 'id' in message) this.asked.add(message.id);
    else if (!('method' in message)) this.inFlight -= 1;
    const { stdin } = this.process;
    if (!stdin || stdin.destroyed || !this.process.alive()) return;
    if (stdin.write(`${JSON.stringify(message)}\n`)) return;
    // An agent that reads nothing holds up only itself: its own requests then count as in flight.
    await Promise.race([
      new Promise<void>((resolve) => {
        stdin.once('drain', resolve);
        stdin.once('close', resolve);
      }),
      this.ended.catch(() => undefined),
    ]);
  }
}

interface Incoming {
  readonly readable: ReadableStream<AnyMessage>;
  readonly push: (message: AnyMessage) => void;
  readonly end: () => void;
}

function incomingMessages(): Incoming {
  let controller: ReadableStreamDefaultController<AnyMessage> | undefined;
  const readable = new ReadableStream<AnyMessage>({
    start: (given) => {
      controller = given;
    },
    cancel: () => {
      controller = undefined;
    },
  });
  return {
    readable,
    push: (message) => controller?.enqueue(message),
    end: () => {
      controller?.close();
      controller = undefined;
    },
  };
}

export { PROTOCOL_VERSION };
