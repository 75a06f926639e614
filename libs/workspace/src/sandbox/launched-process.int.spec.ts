import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { launchedProcess } from './launched-process.ts';

const ended = (): Socket => new PassThrough().end().resume() as unknown as Socket;

describe('the end of a launched process', () => {
  let orphan = '';
  afterEach(() => {
    process.kill(Number(orphan), 'SIGKILL');
  });

  it('is not held up by a child of it that has its pipes and never runs anything', async () => {
    const child = spawn('/bin/sh', ['-c', 'sleep 300 </dev/null >/dev/null 2>&1 & echo $! >&4; exit 3'], {
      stdio: ['ignore', 'ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    });
    child.stdio[4]?.on('data', (chunk: Buffer) => (orphan += chunk.toString()));
    expect(await launchedProcess(child, ended(), ended()).ended).toEqual({
      started: false,
      exitCode: undefined,
    });
  }, 20_000);
});
