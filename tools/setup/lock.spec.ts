import { mkdir, mkdtemp, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withLock } from './lock.mjs';

describe('the set-up lock', () => {
  let directory: string;
  let path: string;
  const said: string[] = [];
  const say = (line: string): void => void said.push(line);

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'missions-lock-'));
    path = join(directory, 'lock');
    said.length = 0;
  });

  afterEach(() => rm(directory, { recursive: true, force: true }));

  it('lets one set-up work at a time and tells the other that it waits', async () => {
    const steps: string[] = [];
    const entered = Promise.withResolvers<undefined>();
    const release = Promise.withResolvers<undefined>();
    const first = withLock({ path, say }, async () => {
      steps.push('first enters');
      entered.resolve(undefined);
      await release.promise;
      steps.push('first leaves');
    });
    await entered.promise;
    const waiting = withLock(
      {
        path,
        say: (line: string) => {
          say(line);
          release.resolve(undefined);
        },
      },
      () => Promise.resolve(steps.push('second enters')),
    );
    await Promise.all([first, waiting]);
    expect(steps).toEqual(['first enters', 'first leaves', 'second enters']);
    expect(said).toHaveLength(1);
  });

  it('is free again after work that failed', async () => {
    const broken = withLock({ path, say }, () => Promise.reject(new Error('no disk')));
    await expect(broken).rejects.toThrow('no disk');
    await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('takes over from a process that is gone', async () => {
    await mkdir(path);
    await writeFile(join(path, 'pid'), '2147483646');
    await expect(withLock({ path, say }, () => Promise.resolve('worked'))).resolves.toBe('worked');
  });

  it('takes over from a holder that has not been heard of', async () => {
    await mkdir(path);
    await writeFile(join(path, 'pid'), String(process.pid));
    const longAgo = new Date(Date.now() - 60_000);
    await utimes(path, longAgo, longAgo);
    await expect(withLock({ path, say }, () => Promise.resolve('worked'))).resolves.toBe('worked');
  });

  it('says that a checkout cannot be written', async () => {
    const unreachable = join(directory, 'missing', 'lock');
    await expect(withLock({ path: unreachable, say }, () => Promise.resolve())).rejects.toThrow(
      /cannot be written/,
    );
  });
});
