import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory, type TemporaryDirectory } from '@missions/testing';
import { DEFAULT_SEARCH_PATH } from '@missions/workspace/git';
import { checkGit } from './check-git.ts';

const { signal } = new AbortController();
let directory: TemporaryDirectory;

beforeEach(() => {
  directory = temporaryDirectory();
});

afterEach(() => {
  directory.remove();
});

function withGit(version: string): ReturnType<typeof checkGit> {
  const program = join(directory.path, 'git');
  writeFileSync(program, `#!/bin/sh\necho 'git version ${version}'\n`);
  chmodSync(program, 0o755);
  return checkGit(directory.path, signal);
}

describe('the check of Git', () => {
  it.each(['2.38.0', '2.39.5', '2.50.1 (Apple Git-155)', '3.0.0'])('is content with %s', async (version) => {
    expect(await withGit(version)).toMatchObject({ ok: true, detail: `git version ${version}` });
  });

  it.each(['1.9.1', '2.30.2', '2.37.9'])('says of %s what it is too old for', async (version) => {
    expect(await withGit(version)).toMatchObject({
      ok: false,
      optional: true,
      detail: `git version ${version} is too old for shared missions`,
      fix: expect.stringContaining('2.38') as string,
    });
  });

  it('says how to get one where there is none', async () => {
    expect(await checkGit(directory.path, signal)).toMatchObject({
      ok: false,
      optional: false,
      fix: expect.stringContaining('apt-get install git') as string,
    });
  });

  it('is content with the one of this host', async () => {
    expect(await checkGit(DEFAULT_SEARCH_PATH, signal)).toMatchObject({ ok: true });
  });
});
