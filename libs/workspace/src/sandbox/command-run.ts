import { DomainError } from '@missions/kernel';
import type { Command, CommandResult } from '../sandbox.ts';
import { BoundedOutput } from './bounded-output.ts';
import type { LaunchedProcess } from './confinement.ts';

/** A command that writes this many times what is kept is not going to say anything new. */
const floodFactor = 64;

export type KillReason = NonNullable<CommandResult['killedBy']>;

export interface WatchOptions {
  readonly outputBytes: number;
  /** Undefined: until it ends or is killed. */
  readonly timeoutMs: number | undefined;
  readonly signal: AbortSignal | undefined;
  readonly onOutput: ((chunk: Uint8Array, stream: 'stdout' | 'stderr') => void) | undefined;
  /** Bytes of both streams after which it is killed; by what is kept where absent. */
  readonly floodBytes?: number | undefined;
}

/** A launched command under watch: its output is counted and kept, its limits are enforced from outside. */
export class CommandRun {
  readonly result: Promise<CommandResult>;
  private readonly startedAt = performance.now();
  private readonly stdout: BoundedOutput;
  private readonly stderr: BoundedOutput;
  private readonly both: BoundedOutput;
  private killedBy: KillReason | undefined;
  private hasEnded = false;

  constructor(
    private readonly process: LaunchedProcess,
    private readonly options: WatchOptions,
  ) {
    this.stdout = new BoundedOutput(options.outputBytes);
    this.stderr = new BoundedOutput(options.outputBytes);
    this.both = new BoundedOutput(options.outputBytes);
    process.stdout.on('data', (chunk: Buffer) => {
      this.receive(chunk, 'stdout');
    });
    process.stderr.on('data', (chunk: Buffer) => {
      this.receive(chunk, 'stderr');
    });
    process.stdin?.on('error', () => undefined); // A pipe that nobody reads any more; its end is what `result` tells.
    this.result = this.watch();
  }

  get alive(): boolean {
    return !this.hasEnded;
  }

  /** Only where the process was launched with a stream for its input. */
  get stdin(): LaunchedProcess['stdin'] {
    return this.process.stdin;
  }

  /** Both streams in order of arrival. */
  output(): string {
    return this.both.text();
  }

  kill(reason: KillReason): void {
    if (this.hasEnded) return;
    this.killedBy ??= reason;
    this.process.kill();
  }

  private receive(chunk: Buffer, stream: 'stdout' | 'stderr'): void {
    this[stream].push(chunk);
    this.both.push(chunk);
    this.options.onOutput?.(chunk, stream);
    const { outputBytes, floodBytes = outputBytes * floodFactor } = this.options;
    if (this.both.totalBytes > floodBytes) this.kill('output');
  }

  private async watch(): Promise<CommandResult> {
    const { timeoutMs, signal } = this.options;
    const onAbort = (): void => {
      this.kill('abort');
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted) onAbort();
    const timer =
      timeoutMs === undefined
        ? undefined
        : setTimeout(() => {
            this.kill('timeout');
          }, timeoutMs);
    const end = await this.process.ended;
    this.hasEnded = true;
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
    const ran = end.started && end.exitCode !== undefined;
    if (!ran && this.killedBy === undefined) throw this.fault();
    return this.describe(end.exitCode);
  }

  private fault(): DomainError {
    const detail = this.stderr.text().trim() || 'no reason given';
    return new DomainError('SANDBOX_FAULT', `The sandbox failed to run the command: ${detail}`, { detail });
  }

  private describe(exitCode: number | undefined): CommandResult {
    return {
      exitCode: this.killedBy === undefined ? exitCode : undefined,
      killedBy: this.killedBy,
      timedOut: this.killedBy === 'timeout',
      durationMs: Math.round(performance.now() - this.startedAt),
      stdout: this.stdout.text(),
      stderr: this.stderr.text(),
      outputBytes: this.both.totalBytes,
      truncated: this.stdout.truncated || this.stderr.truncated,
    };
  }
}

export function commandArgv(command: Command): readonly string[] {
  return typeof command === 'string' ? ['/bin/bash', '-c', command] : command;
}
