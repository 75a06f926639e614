import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@missions/testing';
import { withFileLock } from './file-lock.ts';

describe('a file lock', () => {
  it('lets one at a time in', async () => {
    using scratch = temporaryDirectory();
    let inside = 0;
    let most = 0;
    const enter = (): Promise<void> =>
      withFileLock(join(scratch.path, 'lock'), 5_000, async () => {
        inside += 1;
        most = Math.max(most, inside);
        await new Promise((resolve) => setImmediate(resolve));
        inside -= 1;
      });
    await Promise.all([enter(), enter(), enter(), enter()]);
    expect(most).toBe(1);
    expect(existsSync(join(scratch.path, 'lock'))).toBe(false);
  });

  it('is taken over from a dead process', async () => {
    using scratch = temporaryDirectory();
    const path = join(scratch.path, 'lock');
    writeFileSync(path, JSON.stringify({ pid: process.pid, startTime: 'another boot/1', key: 'dead' }));
    expect(await withFileLock(path, 1_000, () => Promise.resolve('in'))).toBe('in');
  });

  it('is let go when the work fails', async () => {
    using scratch = temporaryDirectory();
    const path = join(scratch.path, 'lock');
    await expect(withFileLock(path, 1_000, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(existsSync(path)).toBe(false);
  });

  it('names who holds it when the limit has passed', async () => {
    using scratch = temporaryDirectory();
    const path = join(scratch.path, 'lock');
    await withFileLock(path, 1_000, async () => {
      await expect(withFileLock(path, 30, () => Promise.resolve())).rejects.toThrow(
        `pid ${String(process.pid)}`,
      );
    });
  });
});
