import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** How a command line ended. */
export interface CliResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Its answer: the last line of stdout that is JSON. */
  readonly json: Readonly<Record<string, unknown>>;
}

export interface CliOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly limitMs?: number;
}

const program = fileURLToPath(new URL('../../../cli/bin/missions.mjs', import.meta.url));

/** Runs `missions` as a script does: JSON out, nothing asked. */
export function missions(
  args: readonly string[],
  { env, cwd, limitMs = 120_000 }: CliOptions,
): Promise<CliResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...args, '--json', '--no-input'], {
      cwd,
      env: { ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: limitMs,
      killSignal: 'SIGKILL',
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.once('error', reject);
    child.once('close', (code, signal) => {
      const stdout = Buffer.concat(out).toString('utf8');
      const stderr = Buffer.concat(err).toString('utf8');
      if (code === null)
        reject(new Error(`missions ${args.join(' ')} was ended by ${String(signal)}: ${stderr}`));
      else resolve({ exitCode: code, stdout, stderr, json: answerOf(stdout) });
    });
  });
}

function answerOf(stdout: string): Readonly<Record<string, unknown>> {
  const lines = stdout.trim().split('\n').reverse();
  for (const text of [stdout, ...lines]) {
    try {
      return JSON.parse(text) as Record<string, unknown>;
    } catch {
      // Not an answer: progress, or a part of one.
    }
  }
  return {};
}
