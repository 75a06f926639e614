import {
  RequestError,
  type CreateTerminalRequest,
  type TerminalOutputResponse,
} from '@agentclientprotocol/sdk';
import { StringDecoder } from 'node:string_decoder';
import type { Redactor } from '@missions/kernel';
import type { BackgroundProcess, Command, CommandResult, SandboxSession } from '@missions/workspace';
import type { AgentTurn } from '../turn/agent-turn.ts';

export interface TerminalsParts {
  readonly session: SandboxSession;
  readonly redactor: Redactor;
  readonly contentBytes: number;
  readonly terminals: number;
  readonly terminalMs: number;
}

interface Terminal {
  readonly process: BackgroundProcess;
  readonly output: TerminalOutput;
}

/** Commands for an agent that lets its client run them: each in the run's sandbox session, measured by us. */
export class Terminals {
  private readonly open = new Map<string, Terminal>();
  private made = 0;

  constructor(private readonly parts: TerminalsParts) {}

  async create(request: CreateTerminalRequest, turn: AgentTurn): Promise<{ terminalId: string }> {
    const { session, redactor, contentBytes, terminals, terminalMs } = this.parts;
    if (this.open.size >= terminals)
      throw RequestError.invalidParams(
        undefined,
        `More than ${String(terminals)} terminals are open: release some.`,
      );
    const output = new TerminalOutput(
      redactor,
      Math.min(request.outputByteLimit ?? contentBytes, contentBytes),
    );
    const process = await session.start({
      command: commandOf(request),
      ...(request.cwd != null && { cwd: request.cwd }),
      env: Object.fromEntries((request.env ?? []).map(({ name, value }) => [name, value])),
      onOutput: (chunk, stream) => {
        output.push(chunk, stream);
      },
    });
    const terminalId = `terminal-${String((this.made += 1))}`;
    this.open.set(terminalId, { process, output });
    const limit = setTimeout(() => void process.stop(), terminalMs);
    const shown = [request.command, ...(request.args ?? [])].join(' ');
    void process.ended
      .finally(() => {
        clearTimeout(limit);
      })
      .catch(() => undefined);
    process.ended.then(
      (result) => {
        output.ended(result);
        tell(turn, { command: shown, result, output: output.response().output });
      },
      () => undefined,
    );
    return { terminalId };
  }

  output(terminalId: string): TerminalOutputResponse {
    return this.terminal(terminalId).output.response();
  }

  async waitForExit(
    terminalId: string,
    turn: AgentTurn,
  ): Promise<{ exitCode: number | null; signal: string | null }> {
    const { process, output } = this.terminal(terminalId);
    return output.ended(await turn.waitsFor(process.ended));
  }

  async kill(terminalId: string): Promise<void> {
    const { process, output } = this.terminal(terminalId);
    output.ended(await process.stop());
  }

  async release(terminalId: string): Promise<void> {
    await this.kill(terminalId);
    this.open.delete(terminalId);
  }

  /** Kills what still runs. */
  async close(): Promise<void> {
    const processes = [...this.open.values()].map(({ process }) => process);
    this.open.clear();
    await Promise.allSettled(processes.map((process) => process.stop()));
  }

  private terminal(terminalId: string): Terminal {
    const terminal = this.open.get(terminalId);
    if (!terminal) throw RequestError.resourceNotFound(terminalId);
    return terminal;
  }
}

/** Some agents give a whole line as the command. */
function commandOf({ command, args }: CreateTerminalRequest): Command {
  return args === undefined || args.length === 0 ? command : [command, ...args];
}

function tell(
  turn: AgentTurn,
  {
    command,
    result,
    output,
  }: { readonly command: string; readonly result: CommandResult; readonly output: string },
): void {
  const { exitCode, killedBy, durationMs, outputBytes } = result;
  const status = killedBy === undefined ? `exit code ${String(exitCode)}` : `killed: ${killedBy}`;
  turn.log.add('command', `$ ${command}\n${status}, ${String(durationMs)} ms\n${output.slice(-2_000)}`, {
    kind: 'command',
    command: command.slice(0, 4_000),
    ...(exitCode !== undefined && { exitCode }),
    durationMs,
    outputBytes,
  });
  turn.wrote();
}

/** The end of what a command wrote, redacted as it arrives, cut at its beginning as the protocol wants it. */
class TerminalOutput {
  private text = '';
  private truncated = false;
  private status: { exitCode: number | null; signal: string | null } | undefined;
  private readonly streams;

  constructor(
    redactor: Redactor,
    private readonly limitBytes: number,
  ) {
    const stream = () => ({ decoder: new StringDecoder('utf8'), redacting: redactor.stream() });
    this.streams = { stdout: stream(), stderr: stream() };
  }

  push(chunk: Uint8Array, name: 'stdout' | 'stderr'): void {
    const { decoder, redacting } = this.streams[name];
    this.keep(redacting.write(decoder.write(Buffer.from(chunk))));
  }

  ended({ exitCode }: CommandResult): { exitCode: number | null; signal: string | null } {
    for (const { decoder, redacting } of Object.values(this.streams))
      this.keep(redacting.write(decoder.end()) + redacting.end());
    this.status ??= { exitCode: exitCode ?? null, signal: exitCode === undefined ? 'SIGKILL' : null };
    return this.status;
  }

  response(): TerminalOutputResponse {
    return {
      output: this.text,
      truncated: this.truncated,
      ...(this.status && { exitStatus: this.status }),
    };
  }

  private keep(piece: string): void {
    this.text += piece;
    if (this.text.length <= this.limitBytes) return;
    this.truncated = true;
    this.text = this.text.slice(-this.limitBytes).toWellFormed();
  }
}
