import { runCommandLine } from './program.ts';

const stop = new AbortController();
const interrupt = (): void => {
  stop.abort(new Error('Interrupted.'));
};
process.on('SIGINT', interrupt);
process.on('SIGTERM', interrupt);
// A reader that has seen enough (`| head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

const exitCode = await runCommandLine(process.argv.slice(2), {
  env: process.env,
  cwd: process.cwd(),
  streams: { stdout: process.stdout, stderr: process.stderr },
  canAsk: process.stdin.isTTY,
  signal: stop.signal,
});
// `demo` says by itself how it ended.
process.exitCode ??= exitCode;
