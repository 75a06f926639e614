import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { settle, temporaryDirectory } from '@missions/testing';
import { identityOf, isAlive } from './process-identity.ts';
import { keepLogShort } from './log-file.ts';
import { startServices, type ServiceEvent } from './service-supervisor.ts';

/** What libs/runtime does in a real service: it ends when its parent's pipe closes. */
const OBEDIENT = `
  const { Socket } = require('node:net');
  const pipe = new Socket({ fd: Number(process.env.MISSIONS_PARENT_PIPE) });
  pipe.on('close', () => process.exit(7)).resume();
  process.on('SIGTERM', () => process.exit(0));
  console.log('ready as ' + process.env.WHO);
  setInterval(() => {}, 1000);`;
const STUBBORN = `process.on('SIGTERM', () => {}); console.log('ready'); setInterval(() => {}, 1000)`;

function entry(name: string, script: string): Parameters<typeof startServices>[0]['entries'][number] {
  return { name, command: process.execPath, args: ['-e', script], env: { WHO: name } };
}

function readyIn(logDir: string, name: string, times = 1): boolean {
  return readFileSync(join(logDir, `${name}.log`), 'utf8').split('ready').length > times;
}

describe('supervised services', () => {
  it('are started again after a kill -9 and stopped gracefully', async () => {
    using scratch = temporaryDirectory();
    const events: ServiceEvent[] = [];
    const supervisor = startServices({
      entries: [entry('worker', OBEDIENT)],
      logDir: scratch.path,
      onEvent: (event) => void events.push(event),
    });
    await settle(() => readyIn(scratch.path, 'worker'));
    const first = supervisor.status()[0]?.pid ?? 0;
    process.kill(first, 'SIGKILL');
    await settle(() => readyIn(scratch.path, 'worker', 2));
    const [status] = supervisor.status();
    expect(status).toMatchObject({ name: 'worker', restarts: 1 });
    expect(status?.pid).not.toBe(first);
    expect(events.map(({ kind }) => kind)).toEqual(['started', 'exited', 'started']);
    expect(readFileSync(join(scratch.path, 'worker.log'), 'utf8')).toContain('ready as worker');
    await supervisor.stop();
    expect(identityOf(status?.pid ?? 0)).toBeUndefined();
    expect(events).toHaveLength(3);
  });

  it('pause longer before each restart of one that keeps failing', async () => {
    using scratch = temporaryDirectory();
    const pauses: number[] = [];
    const supervisor = startServices({
      entries: [entry('broken', 'process.exit(3)')],
      logDir: scratch.path,
      onEvent: (event) => {
        if (event.kind === 'exited') pauses.push(event.nextStartMs);
      },
    });
    await settle(() => pauses.length >= 3);
    await supervisor.stop();
    expect(pauses.slice(0, 3)).toEqual([200, 400, 800]);
  });

  it('report a program that does not exist and try again', async () => {
    using scratch = temporaryDirectory();
    const events: ServiceEvent[] = [];
    const missing = { name: 'missing', command: '/nowhere/program', args: [], env: {} };
    const supervisor = startServices({
      entries: [missing],
      logDir: scratch.path,
      onEvent: (event) => void events.push(event),
    });
    await settle(() => events.length >= 2);
    await supervisor.stop();
    expect(events[0]).toMatchObject({ kind: 'exited', how: expect.stringContaining('ENOENT') as string });
  });

  it('are killed when they do not stop in time', async () => {
    using scratch = temporaryDirectory();
    const supervisor = startServices({
      entries: [entry('stubborn', STUBBORN)],
      logDir: scratch.path,
      stopLimitMs: 50,
    });
    await settle(() => readyIn(scratch.path, 'stubborn'));
    const pid = supervisor.status()[0]?.pid ?? 0;
    await supervisor.stop();
    expect(identityOf(pid)).toBeUndefined();
  });

  it('do not outlive a supervisor that is killed with -9', async () => {
    using scratch = temporaryDirectory();
    const program = new URL('./service-supervisor.ts', import.meta.url).href;
    const options = JSON.stringify({ entries: [entry('worker', OBEDIENT)], logDir: scratch.path });
    const script = `const { startServices } = await import('${program}');
      const supervisor = startServices(${options}); console.log(supervisor.status()[0].pid);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      env: { PATH: '' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const service = identityOf(Number(line.toString()));
    if (service === undefined) throw new Error('The service did not start.');
    await settle(() => readyIn(scratch.path, 'worker'));
    child.kill('SIGKILL');
    await settle(() => !isAlive(service));
  });
});

describe('a log', () => {
  it('moves aside when it has grown past its limit', () => {
    using scratch = temporaryDirectory();
    const path = join(scratch.path, 'worker.log');
    writeFileSync(path, 'x'.repeat(100));
    keepLogShort(path, 100);
    expect(readFileSync(path, 'utf8')).toHaveLength(100);
    keepLogShort(path, 99);
    expect(readFileSync(path, 'utf8')).toBe('');
    expect(readFileSync(`${path}.1`, 'utf8')).toHaveLength(100);
  });
});
