import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Git } from './git.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'missions-run-git-'));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

/** A stand-in for `git` that starts a child of its own and waits, as a hung transport does. */
function hangingGit(): Git {
  const script = `#!/bin/sh\nsleep 600 &\necho $! > ${root}/child\nenv > ${root}/env\nwait\n`;
  writeFileSync(join(root, 'git'), script);
  chmodSync(join(root, 'git'), 0o755);
  return new Git(`${root}:/usr/bin:/bin`, root);
}

const childPid = () => Number(readFileSync(join(root, 'child'), 'utf8'));

/** A killed process whose parent is gone may stay a zombie for a moment; it runs no more. */
function runs(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

async function untilStarted(): Promise<void> {
  const limit = performance.now() + 10_000;
  for (;;) {
    try {
      if (childPid() > 0 && readFileSync(join(root, 'env'), 'utf8').includes('GIT_DIR')) return;
    } catch {
      // The files are not there yet.
    }
    if (performance.now() > limit) throw new Error('The stand-in did not start.');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

it('kills Git and all it started when the time is up', async () => {
  await expect(hangingGit().output({ gitDir: root }, ['status'], { timeoutMs: 500 })).rejects.toThrow(
    /status.*longer than 500 ms/,
  );
  expect(runs(childPid())).toBe(false);
});

it('kills Git and all it started on abort, and rejects with the reason', async () => {
  const abort = new AbortController();
  const call = hangingGit().run({ gitDir: root }, ['status'], { signal: abort.signal });
  const outcome = call.catch((error: unknown) => error);
  await untilStarted();
  expect(runs(childPid())).toBe(true);
  abort.abort(new Error('The run was cancelled.'));
  expect(await outcome).toMatchObject({ message: 'The run was cancelled.' });
  expect(runs(childPid())).toBe(false);
});

it('starts nothing under a signal that has aborted', async () => {
  await expect(
    hangingGit().run({ gitDir: root }, ['status'], { signal: AbortSignal.abort(new Error('No.')) }),
  ).rejects.toThrow('No.');
  expect(() => childPid()).toThrow();
});

it('gives Git no variable of ours', async () => {
  const call = hangingGit().run({ gitDir: root }, ['status'], { timeoutMs: 500 });
  await expect(call).rejects.toThrow();
  const names = readFileSync(join(root, 'env'), 'utf8')
    .split('\n')
    .map((line) => line.split('=')[0] ?? '');
  const expected = /^(GIT_.*|PATH|HOME|XDG_CONFIG_HOME|LC_ALL|TZ|PWD|OLDPWD|SHLVL|_|)$/;
  expect(names.filter((name) => !expected.test(name))).toEqual([]);
  expect(names).toContain('GIT_CONFIG_GLOBAL');
});

it('stops Git that writes more than it may', async () => {
  writeFileSync(join(root, 'git'), '#!/bin/sh\nexec yes\n');
  chmodSync(join(root, 'git'), 0o755);
  const git = new Git(`${root}:/usr/bin:/bin`, root);
  await expect(git.output({ gitDir: root }, ['log'], { maxOutputBytes: 10_000 })).rejects.toThrow(
    /more than 10000 bytes/,
  );
  const kept = await git.run({ gitDir: root }, ['log'], { maxOutputBytes: 10_000, keepTruncated: true });
  expect(kept).toMatchObject({
    truncated: true,
    stdout: expect.objectContaining({ length: 10_000 }) as Buffer,
  });
});

it('says that Git is not installed', async () => {
  await expect(new Git(root, root).output({ gitDir: root }, ['status'])).rejects.toMatchObject({
    code: 'ENOENT',
  });
});
