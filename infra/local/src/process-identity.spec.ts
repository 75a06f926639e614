import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { endProcess, identityOf, isAlive, signal } from './process-identity.ts';

const STUBBORN = `process.on('SIGTERM', () => {}); process.stdout.write('ready'); setInterval(() => {}, 1000)`;

describe('the identity of a process', () => {
  it('tells a process from a later one with the same pid', () => {
    const own = identityOf(process.pid);
    if (own === undefined) throw new Error('This process is not in the process table.');
    expect(isAlive(own)).toBe(true);
    const predecessor = { ...own, startTime: 'another boot/1' };
    expect(isAlive(predecessor)).toBe(false);
    expect(signal(predecessor, 'SIGKILL')).toBe(false);
  });

  it('does not exist for a pid nobody has', () => {
    expect(identityOf(2 ** 30)).toBeUndefined();
  });

  it('ends with SIGKILL when the polite signal is ignored past the limit', async () => {
    const child = spawn(process.execPath, ['-e', STUBBORN], { stdio: ['ignore', 'pipe', 'ignore'] });
    const exited = once(child, 'exit');
    await once(child.stdout, 'data');
    const identity = identityOf(child.pid ?? 0);
    if (identity === undefined) throw new Error('The child is gone already.');
    expect(await endProcess(identity, { signal: 'SIGTERM', limitMs: 50 })).toBe(true);
    expect(await exited).toEqual([null, 'SIGKILL']);
    expect(isAlive(identity)).toBe(false);
  });
});
