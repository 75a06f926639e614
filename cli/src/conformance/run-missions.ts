import { Writable } from 'node:stream';
import { runCommandLine } from '../program.ts';
import type { ExitCode } from '../exit-codes.ts';

export interface Ran {
  readonly exitCode: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly signal?: AbortSignal;
}

/** Runs one command line in this process, as a script without a terminal would. */
export async function runMissions(argv: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const stdout = new Recorder();
  const stderr = new Recorder();
  const exitCode = await runCommandLine(argv, {
    env: { HOME: '/nonexistent', ...options.env },
    cwd: options.cwd ?? '/',
    streams: { stdout, stderr },
    canAsk: false,
    signal: options.signal ?? new AbortController().signal,
  });
  return { exitCode, stdout: stdout.text, stderr: stderr.text };
}

class Recorder extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString('utf8');
    done();
  }
}
