import { spawn } from 'node:child_process';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { environment } from './config.ts';
import { makeDirectory } from './state-directory.ts';

/** Ends what a directory remembers as soon as its owner lets go or dies. */
export interface Keeper {
  readonly directory: string;
  /** Ends every remembered process and deletes the directory; safe to repeat. Rejects after 15 s or when one would not end. */
  readonly release: () => Promise<void>;
}

/** Starts a keeper of `directory`, owned by this process: a SIGKILL of it leaves no remembered process behind. */
export function startKeeper(directory: string): Keeper {
  makeDirectory(directory, 0o711);
  const self = fileURLToPath(import.meta.url);
  const program = join(dirname(self), `keeper-process${extname(self)}`);
  const child = spawn(process.execPath, [program, directory], {
    cwd: '/',
    detached: true,
    env: { PATH: environment()['PATH'] },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  child.unref();
  (child.stdin as unknown as { unref(): void }).unref();
  return { directory, release: () => release(directory, child.stdin, exited) };
}

async function release(
  directory: string,
  stdin: NodeJS.WritableStream,
  exited: Promise<number | null>,
): Promise<void> {
  stdin.end();
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`The keeper of ${directory} did not finish within 15 s.`));
    }, 15_000);
  });
  try {
    const code = await Promise.race([exited, tooLate]);
    if (code !== 0) throw new Error(`A process remembered in ${directory} did not end.`);
  } finally {
    clearTimeout(timer);
  }
}
