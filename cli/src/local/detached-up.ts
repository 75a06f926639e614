import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { delay } from '@missions/kernel';
import { makeDirectory } from '@missions/local';
import { CliError } from '../cli-error.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import type { Session } from '../session.ts';
import { readEndpoint } from '../stack/endpoint.ts';
import { failureIn, stepsIn } from './up-output.ts';
import type { UpOptions } from './up-options.ts';

const POLL_MS = 100;
/** The first start may have to fetch nats-server and bubblewrap. */
const READY_LIMIT_MS = 300_000;
const main = fileURLToPath(new URL('../main.js', import.meta.url));

/** Starts `missions up` as a process that outlives this one; resolves with its pid when everything is ready. */
export async function startDetached(session: Session<UpOptions>): Promise<number> {
  const { stateDir, terminal, signal } = session;
  makeDirectory(join(stateDir, 'logs'), 0o700);
  const logFile = join(stateDir, 'logs', 'up.log');
  const from = existsSync(logFile) ? statSync(logFile).size : 0;
  const child = spawnUp(session, logFile);
  let ended: number | undefined;
  child.once('exit', (code) => {
    ended = code ?? exitCodes.error;
  });
  child.unref();
  const pid = child.pid ?? 0;
  const deadline = performance.now() + READY_LIMIT_MS;
  terminal.progress('starting');
  let told = 0;
  const tellNew = (): void => {
    const steps = stepsIn(newText(logFile, from));
    for (const step of steps.slice(told)) terminal.progress(step);
    told = steps.length;
  };
  while (readEndpoint(stateDir)?.pid !== pid) {
    if (ended !== undefined) throw endedEarly(ended, { output: newText(logFile, from), logFile });
    if (signal.aborted || performance.now() > deadline) child.kill('SIGTERM');
    signal.throwIfAborted();
    tellNew();
    await delay(POLL_MS);
  }
  tellNew();
  return pid;
}

function spawnUp(session: Session<UpOptions>, logFile: string): ChildProcess {
  const log = openSync(logFile, 'a', 0o600);
  try {
    return spawn(process.execPath, [main, ...argumentsOf(session)], {
      cwd: session.host.cwd,
      detached: true,
      env: session.host.env,
      stdio: ['ignore', log, log],
    });
  } finally {
    closeSync(log);
  }
}

function argumentsOf({ options, stateDir }: Session<UpOptions>): readonly string[] {
  const { port, config, databaseUrl, natsUrl } = options;
  const flags = { port, config, 'database-url': databaseUrl, 'nats-url': natsUrl };
  const given = Object.entries(flags).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, String(value)],
  );
  return ['up', '--state', stateDir, '--no-color', ...given];
}

function endedEarly(
  code: number,
  { output, logFile }: { readonly output: string; readonly logFile: string },
): CliError {
  const known = Object.values(exitCodes).find((one) => one === code);
  const exitCode: ExitCode = known === undefined || known === exitCodes.ok ? exitCodes.error : known;
  const { message, next } = failureIn(output);
  return new CliError(message ?? 'The stack ended while it was starting.', {
    ...{ code: 'UP_FAILED', exitCode },
    next: next ?? (message === undefined ? `read ${logFile}` : undefined),
  });
}

function newText(path: string, from: number): string {
  return existsSync(path) ? readFileSync(path).subarray(from).toString('utf8') : '';
}
