import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryDirectory, type TemporaryDirectory } from '@missions/testing';

const directories: TemporaryDirectory[] = [];
afterEach(() => {
  for (const directory of directories.splice(0)) directory.remove();
});

function freshDirectory(): string {
  const directory = temporaryDirectory();
  directories.push(directory);
  return directory.path;
}

const folder = fileURLToPath(new URL('.', import.meta.url));

const children: ChildProcess[] = [];
afterEach(() => {
  for (const one of children.splice(0)) one.kill('SIGKILL');
});

/** A process of its own that runs a few lines against the sources. */
function child(
  lines: string,
  stdio: readonly ('pipe' | 'ignore')[] = ['ignore', 'pipe', 'pipe'],
): ChildProcess {
  const imports = `
    import { planKill, killPoint } from ${JSON.stringify(join(folder, 'kill-point.ts'))};
    import { stopOnSignals } from ${JSON.stringify(join(folder, 'stop-signal.ts'))};`;
  const flags = [
    '--disable-warning=ExperimentalWarning',
    '--experimental-transform-types',
    '--input-type=module-typescript',
  ];
  const started = spawn(process.execPath, [...flags, '--eval', imports + lines], {
    stdio: [...stdio],
    env: {},
  });
  children.push(started);
  return started;
}

async function ended(
  process: ChildProcess,
): Promise<{ readonly code: number | null; readonly signal: string | null; readonly said: string }> {
  let said = '';
  process.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  process.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [code, signal] = (await once(process, 'close')) as [number | null, string | null];
  return { code, signal, said };
}

describe('a kill point', () => {
  const lines = (marker: string): string => `
    planKill({ at: 'after-append', marker: ${JSON.stringify(marker)} });
    killPoint('before-append');
    console.log('one');
    killPoint('after-append');
    console.log('two');`;

  it('ends the process between two effects, and only the first time', async () => {
    const path = freshDirectory();
    const marker = join(path, 'killed');
    const first = await ended(child(lines(marker)));
    expect(first).toEqual({ code: null, signal: 'SIGKILL', said: 'one\n' });
    expect(existsSync(marker)).toBe(true);
    expect(await ended(child(lines(marker)))).toEqual({ code: 0, signal: null, said: 'one\ntwo\n' });
  });
});

describe('a request to stop', () => {
  const lines = (pipe: string): string => `
    const stop = stopOnSignals({ parentPipe: ${pipe} });
    const alive = setInterval(() => undefined, 1000);
    const onStop = () => {
      console.log(stop.signal.reason.by);
      clearInterval(alive);
      stop.dispose();
    };
    console.log('up');
    if (stop.signal.aborted) onStop();
    stop.signal.addEventListener('abort', onStop);`;

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'is heard from %s and lets the process end by itself',
    async (signal) => {
      const process = child(lines('undefined'));
      const end = ended(process);
      process.stdout?.once('data', () => process.kill(signal));
      expect(await end).toEqual({ code: 0, signal: null, said: `up\n${signal}\n` });
    },
  );

  it('is heard when the parent is gone, however it died', async () => {
    const process = child(lines('3'), ['ignore', 'pipe', 'pipe', 'pipe']);
    const end = ended(process);
    process.stdout?.once('data', () => {
      const pipe = process.stdio[3];
      if (pipe && 'destroy' in pipe) pipe.destroy();
    });
    expect(await end).toEqual({ code: 0, signal: null, said: 'up\nthe parent process is gone\n' });
  });

  it('is heard when the pipe is not even open any more', async () => {
    const gone = { code: 0, signal: null, said: 'up\nthe parent process is gone\n' };
    expect(await ended(child(lines('42')))).toEqual(gone);
  });
});
