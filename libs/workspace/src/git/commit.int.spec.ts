import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { AT, commitOf, GitFixture, trailers, type Workspace } from '../conformance/git-fixture.ts';
import type { MissionRepository } from '../mission-repository.ts';

let fixture: GitFixture;
let repository: MissionRepository;
let workspace: Workspace;

beforeEach(async () => {
  fixture = new GitFixture();
  fixture.person.write('README.md', 'readme\n');
  fixture.person.write('src/app.js', 'app\n');
  fixture.person.write('.gitignore', 'out/\n*.log\n');
  fixture.person.commit('first');
  repository = await fixture.open();
  workspace = await fixture.worktree(repository);
});
afterEach(() => {
  fixture.dispose();
});

const commit = (overrides: Parameters<typeof commitOf>[2] = {}) =>
  repository.commit(commitOf(workspace, repository.baseSha, overrides));
const paths = async (sha: string) => (await repository.listFiles({ sha })).map(({ path }) => path);

describe('laying out a worktree', () => {
  it('gives plain files and no .git', () => {
    expect(workspace.has('.git')).toBe(false);
    expect(readFileSync(workspace.place('src/app.js'), 'utf8')).toBe('app\n');
  });

  it('makes its own workspace anew and refuses files it did not make', async () => {
    workspace.write('left.txt', 'x');
    const again = { runId: 'run-1', fromSha: repository.baseSha, directory: workspace.path };
    await repository.prepareWorktree(again);
    expect(workspace.has('left.txt')).toBe(false);
    mkdirSync(join(fixture.root, 'mine'));
    writeFileSync(join(fixture.root, 'mine/a'), 'a');
    await expect(
      repository.prepareWorktree({ ...again, directory: join(fixture.root, 'mine') }),
    ).rejects.toMatchObject({ code: 'WORKSPACE_NOT_EMPTY' });
    await expect(repository.prepareWorktree({ ...again, fromSha: '0'.repeat(40) })).rejects.toMatchObject({
      code: 'COMMIT_NOT_FOUND',
    });
  });

  it('deletes only what it made', async () => {
    const foreign = join(fixture.root, 'foreign');
    mkdirSync(foreign);
    await expect(repository.removeWorkspace({ directory: foreign })).rejects.toMatchObject({
      code: 'NOT_A_WORKSPACE',
    });
    await expect(repository.removeWorkspace({ directory: fixture.person.path })).rejects.toMatchObject({
      code: 'NOT_A_WORKSPACE',
    });
    await repository.removeWorkspace({ directory: workspace.path });
    await repository.removeWorkspace({ directory: workspace.path });
    expect(workspace.has('')).toBe(false);
    mkdirSync(workspace.path);
    symlinkSync(fixture.person.path, join(fixture.root, 'link'));
    await expect(repository.removeWorkspace({ directory: workspace.path })).rejects.toMatchObject({
      code: 'NOT_A_WORKSPACE',
    });
    await expect(repository.removeWorkspace({ directory: join(fixture.root, 'link') })).rejects.toMatchObject(
      {
        code: 'NOT_A_WORKSPACE',
      },
    );
  });

  it('checks out exactly the bytes of a commit, whatever its attributes ask for', async () => {
    const bytes = Buffer.from('a\r\nb\n$Id$\r\n\x00\xff', 'latin1');
    fixture.person.write('mixed.txt', bytes);
    fixture.person.git('-c', 'core.autocrlf=false', 'add', 'mixed.txt');
    fixture.person.write('.gitattributes', '*.txt text eol=crlf ident working-tree-encoding=UTF-16\n');
    fixture.person.git('add', '.gitattributes');
    fixture.person.git('commit', '--quiet', '-m', 'attributes');
    const sha = fixture.person.git('rev-parse', 'HEAD');
    const other = await fixture
      .host('state')
      .open({ missionId: 'm-2', source: fixture.person.path, baseSha: sha });
    const directory = join(fixture.root, 'clean');
    await other.checkoutClean({ sha, directory });
    expect(readFileSync(join(directory, 'mixed.txt'))).toEqual(bytes);
    await expect(other.commit({ ...commitOf(workspace, sha), directory })).rejects.toMatchObject({
      code: 'NO_CHANGES',
    });
  });
});

describe('committing', () => {
  it('records changes with trailers, author and the given date', async () => {
    workspace.write('src/app.js', 'app two\n');
    workspace.write('src/new.js', 'new\n');
    rmSync(workspace.place('README.md'));
    const made = await commit();
    expect(made.filesChanged).toEqual([
      { path: 'README.md', status: 'deleted', additions: 0, deletions: 1 },
      { path: 'src/app.js', status: 'modified', additions: 1, deletions: 1 },
      { path: 'src/new.js', status: 'added', additions: 1, deletions: 0 },
    ]);
    const [newest] = await repository.history({ from: repository.baseSha, to: made.sha });
    expect(newest).toMatchObject({
      parentShas: [repository.baseSha],
      subject: 'Add the feature',
      authoredAt: AT,
      trailers: trailers(),
    });
    const shown = execFileSync(
      'git',
      ['--git-dir', repository.gitDir, 'log', '-1', '--format=%an <%ae> %cn%n%(trailers:only)', made.sha],
      { encoding: 'utf8' },
    );
    expect(shown).toContain('Missions <missions@localhost> Missions');
    expect(shown).toContain('Fence: 7');
  });

  it('gives the same object for the same inputs, also on another host and after a restart', async () => {
    workspace.write('a.txt', 'a\n');
    const { sha } = await commit();
    const other = await fixture.host('other').open({
      missionId: repository.missionId,
      source: fixture.person.path,
      baseSha: repository.baseSha,
    });
    const there = await fixture.worktree(other);
    there.write('a.txt', 'a\n');
    expect((await other.commit(commitOf(there, repository.baseSha))).sha).toBe(sha);
    expect(await (await fixture.open()).commit(commitOf(workspace, repository.baseSha))).toMatchObject({
      sha,
      existed: true,
    });
  });

  it('gives a takeover the commit its predecessor made', async () => {
    workspace.write('a.txt', 'a\n');
    const { sha } = await commit();
    expect(
      await commit({ trailers: trailers({ fence: 9 }), authoredAt: '2026-03-01T00:00:00Z' }),
    ).toMatchObject({
      sha,
      existed: true,
    });
    expect(await repository.findCommit({ feature: 'F-001', attempt: 1 })).toMatchObject({ sha });
    expect(await repository.findCommit({ feature: 'F-001', attempt: 2 })).toBeUndefined();
    expect(
      await repository.findCommit({ feature: 'F-001', attempt: 1, head: repository.baseSha }),
    ).toBeUndefined();
    expect(await repository.findCommit({ feature: 'F-001', attempt: 1, head: sha })).toMatchObject({ sha });
  });

  it('replaces the commit of an attempt that went on, but never for a run that was taken over', async () => {
    workspace.write('a.txt', 'a\n');
    await commit();
    workspace.write('a.txt', 'b\n');
    const second = await commit({ trailers: trailers({ fence: 9 }) });
    expect(await repository.findCommit({ feature: 'F-001', attempt: 1 })).toMatchObject({ sha: second.sha });
    workspace.write('a.txt', 'c\n');
    await expect(commit({ trailers: trailers({ fence: 8 }) })).rejects.toMatchObject({ code: 'STALE_TOKEN' });
    expect(await repository.findCommit({ feature: 'F-001', attempt: 1 })).toMatchObject({ sha: second.sha });
  });

  it('believes only its own trailers', async () => {
    workspace.write('a.txt', 'a\n');
    const { sha } = await commit({
      message: 'Do it\n\nMission: other\nFeature: F-999\nAttempt: 9\nRun: x\nFence: 999',
    });
    expect((await repository.history({ to: sha }))[0]?.trailers).toEqual(trailers());
  });

  it('refuses a commit without changes, unless it may be empty', async () => {
    await expect(commit()).rejects.toMatchObject({ code: 'NO_CHANGES' });
    workspace.write('debug.log', 'ignored');
    await expect(commit()).rejects.toMatchObject({ code: 'NO_CHANGES' });
    expect((await commit({ mayBeEmpty: true })).filesChanged).toEqual([]);
  });

  it('leaves out ignored files, keeps tracked ones that are ignored', async () => {
    fixture.person.git('reset', '--quiet', '--hard');
    workspace.write('out/built.js', 'x');
    workspace.write('sub/.gitignore', 'secret.txt\n');
    workspace.write('sub/secret.txt', 's3cr3t-value');
    workspace.write('sub/kept.txt', 'kept');
    expect((await commit()).filesChanged.map(({ path }) => path)).toEqual(['sub/.gitignore', 'sub/kept.txt']);
  });

  it('excludes a dependency layer', async () => {
    workspace.write('node_modules/dep/index.js', 'dep');
    workspace.write('a [x]/dep.js', 'dep');
    workspace.write('a.txt', 'a');
    const made = await commit({ exclude: ['node_modules', 'a [x]/'] });
    expect(made.filesChanged.map(({ path }) => path)).toEqual(['a.txt']);
  });

  it('keeps modes, renames, links inside the tree, and a file that became a directory', async () => {
    workspace.write('run.sh', '#!/bin/sh\n');
    chmodSync(workspace.place('run.sh'), 0o755);
    renameSync(workspace.place('src/app.js'), workspace.place('src/moved.js'));
    symlinkSync('../src/moved.js', workspace.place('src/link'));
    rmSync(workspace.place('README.md'));
    workspace.write('README.md/index.md', 'x');
    const made = await commit();
    expect(await repository.listFiles({ sha: made.sha })).toEqual([
      expect.objectContaining({ path: '.gitignore', kind: 'file' }),
      expect.objectContaining({ path: 'README.md/index.md', kind: 'file' }),
      expect.objectContaining({ path: 'run.sh', kind: 'executable' }),
      expect.objectContaining({ path: 'src/link', kind: 'symlink' }),
      expect.objectContaining({ path: 'src/moved.js', kind: 'file', bytes: 4 }),
    ]);
    expect(made.filesChanged).toContainEqual({
      path: 'src/moved.js',
      previousPath: 'src/app.js',
      status: 'renamed',
      additions: 0,
      deletions: 0,
    });
    const link = await repository.readFile({ sha: made.sha, path: 'src/link' });
    expect(Buffer.from(link?.content ?? []).toString()).toBe('../src/moved.js');
    expect(await repository.listFiles({ sha: made.sha, directory: 'src/' })).toHaveLength(2);
  });

  it('keeps any name and any bytes', async () => {
    const names = [
      '-rf',
      'a\nb',
      'tab\there',
      'quote"d',
      'back\\slash',
      'ünï/côde',
      '*',
      ':(top)x',
      ' space ',
      '@{1}',
      '~',
      '#x',
      '!y',
    ];
    for (const name of names) workspace.write(name, `content of ${name}\r\n\0`);
    const invalid = Buffer.concat([Buffer.from(`${workspace.path}/`), Buffer.from([0x62, 0xff, 0xfe])]);
    writeFileSync(invalid, 'latin');
    const { sha, filesChanged } = await commit();
    expect(filesChanged).toHaveLength(names.length + 1);
    expect(await paths(sha)).toEqual(expect.arrayContaining(names));
    for (const path of names) {
      const file = await repository.readFile({ sha, path });
      expect(Buffer.from(file?.content ?? []).toString()).toBe(`content of ${path}\r\n\0`);
    }
    const clean = join(fixture.root, 'clean');
    await repository.checkoutClean({ sha, directory: clean });
    await expect(repository.commit({ ...commitOf(workspace, sha), directory: clean })).rejects.toMatchObject({
      code: 'NO_CHANGES',
    });
  });

  it('commits a change that leaves size and modification time alone', async () => {
    workspace.write('a.txt', 'one\n');
    const first = await commit();
    execFileSync('cp', ['-p', workspace.place('a.txt'), join(fixture.root, 'reference')]);
    writeFileSync(workspace.place('a.txt'), 'two\n');
    execFileSync('touch', ['-r', join(fixture.root, 'reference'), workspace.place('a.txt')]);
    const second = await repository.commit(
      commitOf(workspace, first.sha, { trailers: trailers({ feature: 'F-002' }) }),
    );
    expect(second.filesChanged.map(({ path }) => path)).toEqual(['a.txt']);
  });
});

describe('refusing to commit', () => {
  it('names file and line of a secret, never its value, and stores nothing', async () => {
    workspace.write('ok.txt', 'fine');
    workspace.write('conf/a.env', 'x\nTOKEN=s3cr3t-value\n');
    const refusal = (await commit().catch((error: unknown) => error)) as Error;
    expect(refusal).toMatchObject({
      code: 'SECRET_FOUND',
      evidence: { file: 'conf/a.env', line: 2, name: 'test-secret' },
    });
    expect(JSON.stringify(refusal) + refusal.message).not.toContain('s3cr3t-value');
    const found = execFileSync(
      'git',
      ['--git-dir', repository.gitDir, 'cat-file', '--batch-all-objects', '--batch'],
      { encoding: 'utf8' },
    );
    expect(found).not.toContain('s3cr3t-value');
    expect(found).toContain('readme');
  });

  it.each([
    ['the message', (): Parameters<typeof commitOf>[2] => ({ message: 'use s3cr3t-value' })],
    [
      'a name',
      (): Parameters<typeof commitOf>[2] => {
        workspace.write('s3cr3t-value.txt', 'x');
        return {};
      },
    ],
    [
      'a link',
      (): Parameters<typeof commitOf>[2] => {
        symlinkSync('s3cr3t-value', workspace.place('l'));
        return {};
      },
    ],
  ])('finds a secret in %s', async (_, plant) => {
    workspace.write('a.txt', 'a');
    await expect(commit(plant())).rejects.toMatchObject({ code: 'SECRET_FOUND' });
  });

  it.each([
    ['/etc/passwd', {}],
    ['../outside', {}],
    ['src/../../x', {}],
    ['deep/up/../x', { 'deep/up': '..' + '/..' }],
    ['hop', { hop: 'src/hop2', 'src/hop2': '../..' }],
  ])('refuses a link to %s', async (target, others) => {
    mkdirSync(workspace.place('deep'), { recursive: true });
    for (const [path, to] of Object.entries(others)) symlinkSync(to, workspace.place(path));
    symlinkSync(target, workspace.place('evil'));
    await expect(commit()).rejects.toMatchObject({ code: 'SYMLINK_ESCAPES' });
  });

  it('leaves a link alone that the person had, unless it changes', async () => {
    symlinkSync('/etc/hosts', join(fixture.person.path, 'hosts'));
    const sha = fixture.person.commit('a link out');
    const other = await fixture
      .host('state')
      .open({ missionId: 'm-2', source: fixture.person.path, baseSha: sha });
    const there = await fixture.worktree(other, sha);
    there.write('a.txt', 'a');
    expect((await other.commit(commitOf(there, sha))).filesChanged).toHaveLength(1);
    rmSync(there.place('hosts'));
    symlinkSync('/etc/passwd', there.place('hosts'));
    await expect(other.commit(commitOf(there, sha))).rejects.toMatchObject({ code: 'SYMLINK_ESCAPES' });
  });

  it.each(['sub', 'src'])('refuses a repository inside %s', async (folder) => {
    workspace.write(`${folder}/a.txt`, 'a');
    execFileSync('git', ['init', '--quiet', workspace.place(folder)]);
    await expect(commit()).rejects.toMatchObject({ code: 'NESTED_REPOSITORY' });
  });

  it('ignores a .git an agent made at the root, whatever it points to', async () => {
    workspace.write('a.txt', 'a');
    workspace.write('.git', `gitdir: ${fixture.person.path}/.git\n`);
    expect((await commit()).filesChanged.map(({ path }) => path)).toEqual(['a.txt']);
    rmSync(workspace.place('.git'));
    execFileSync('git', ['init', '--quiet', workspace.path]);
    expect((await commit()).existed).toBe(true);
  });

  it.each([
    '.GIT/config',
    'x/.Git/hooks/a',
    'git~1/config',
    '.g\u200cit/config',
    '.git./a',
    '.git::$INDEX/a',
  ])('refuses %j, which another file system takes for .git', async (path) => {
    workspace.write(path, 'x');
    await expect(commit()).rejects.toMatchObject({
      code: expect.stringMatching(/UNSAFE_PATH|NESTED_REPOSITORY/) as string,
    });
  });

  it('refuses a pipe in place of a file without waiting for it', async () => {
    rmSync(workspace.place('README.md'));
    execFileSync('mkfifo', [workspace.place('README.md')]);
    await expect(commit()).rejects.toMatchObject({ code: 'UNSUPPORTED_FILE' });
  });

  it('refuses a file beyond the limit without reading it', async () => {
    workspace.write('huge.bin', '');
    truncateSync(workspace.place('huge.bin'), 2 ** 40);
    const startedAt = performance.now();
    await expect(commit()).rejects.toMatchObject({ code: 'FILE_TOO_LARGE' });
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });

  it('keeps a file beyond the limit that the person had', async () => {
    fixture.person.write('asset.bin', Buffer.alloc(2_000, 1));
    const sha = fixture.person.commit('asset');
    const small = fixture.host('state', { limits: { maxFileBytes: 1_000 } });
    const other = await small.open({ missionId: 'm-2', source: fixture.person.path, baseSha: sha });
    const there = await fixture.worktree(other, sha);
    there.write('a.txt', 'a');
    expect((await other.commit(commitOf(there, sha))).filesChanged).toHaveLength(1);
    there.write('asset.bin', Buffer.alloc(2_000, 2));
    await expect(other.commit(commitOf(there, sha))).rejects.toMatchObject({ code: 'FILE_TOO_LARGE' });
  });

  it('refuses more files or bytes than one commit may change', async () => {
    const limited = await fixture.open({ limits: { maxFiles: 2, maxChangedBytes: 1_000 } });
    for (const name of ['a', 'b', 'c']) workspace.write(name, name);
    const request = commitOf(workspace, repository.baseSha);
    await expect(limited.commit(request)).rejects.toMatchObject({ code: 'TOO_MANY_CHANGES' });
    rmSync(workspace.place('c'));
    workspace.write('b', Buffer.alloc(1_001));
    await expect(limited.commit(request)).rejects.toMatchObject({ code: 'TOO_MANY_CHANGES' });
  });

  it('keeps a submodule as it is and refuses work inside it', async () => {
    const gitlink = fixture.person.git('rev-parse', 'HEAD');
    fixture.person.git('update-index', '--add', '--cacheinfo', `160000,${gitlink},vendored`);
    fixture.person.write(
      '.gitmodules',
      '[submodule "v"]\n\tpath = vendored\n\turl = ext::sh -c touch%20canary\n',
    );
    fixture.person.git('add', '.gitmodules');
    fixture.person.git('commit', '--quiet', '-m', 'submodule');
    const sha = fixture.person.git('rev-parse', 'HEAD');
    const other = await fixture
      .host('state')
      .open({ missionId: 'm-2', source: fixture.person.path, baseSha: sha });
    const there = await fixture.worktree(other, sha);
    there.write('a.txt', 'a');
    const made = await other.commit(commitOf(there, sha));
    expect(made.filesChanged.map(({ path }) => path)).toEqual(['a.txt']);
    expect(await other.listFiles({ sha: made.sha })).toContainEqual(
      expect.objectContaining({ path: 'vendored', kind: 'submodule', bytes: undefined }),
    );
    there.write('vendored/x.txt', 'x');
    await expect(other.commit(commitOf(there, sha))).rejects.toMatchObject({ code: 'SUBMODULE_CHANGED' });
  });
});
