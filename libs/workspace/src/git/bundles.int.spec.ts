import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AT, commitOf, GitFixture, MISSION, trailers, type Workspace } from '../conformance/git-fixture.ts';
import type { StoredBundle } from '../mission-repositories.ts';
import type { CheckpointRequest, MissionRepository } from '../mission-repository.ts';

let fixture: GitFixture;
let repository: MissionRepository;
let base: string;

beforeEach(async () => {
  fixture = new GitFixture();
  fixture.person.write('a.txt', 'a\n');
  fixture.person.commit('first');
  fixture.person.write('big.txt', 'line\n'.repeat(5_000));
  base = fixture.person.commit('second');
  repository = await fixture.open();
});
afterEach(() => {
  fixture.dispose();
});

const stored = (sha: string, bytes: Uint8Array, loaded: string[] = []): StoredBundle => ({
  sha,
  load: () => {
    loaded.push(sha);
    return Promise.resolve(bytes);
  },
});
const fresh = (name: string) =>
  fixture.host(name).open({ missionId: MISSION, source: fixture.person.path, baseSha: base });
const checkpointOf = (workspace: Workspace, turn = 1): CheckpointRequest => ({
  runId: 'run-1',
  directory: workspace.path,
  parentSha: base,
  turn,
  at: AT,
});

describe('a second host', () => {
  it('goes on from base and handoff bundles alone', async () => {
    const first = await fixture.change(repository, base);
    const second = await fixture.change(repository, first.sha, { trailers: trailers({ feature: 'F-002' }) });
    const bundles = [
      stored(base, await repository.bundleBase()),
      stored(first.sha, await repository.bundle({ from: base, to: first.sha })),
      stored(second.sha, await repository.bundle({ from: first.sha, to: second.sha })),
    ];
    rmSync(fixture.person.path, { recursive: true });
    rmSync(join(fixture.root, 'state'), { recursive: true });
    const there = await fixture.host('other').open({
      missionId: MISSION,
      source: fixture.person.path,
      baseSha: base,
      bundles,
    });
    const history = await there.history({ to: second.sha });
    expect(history.map(({ sha }) => sha)).toEqual([second.sha, first.sha, base, expect.any(String)]);
    expect(await there.findCommit({ feature: 'F-001', attempt: 1, head: second.sha })).toMatchObject({
      sha: first.sha,
    });
    await there.moveHead({ to: second.sha, expected: undefined, token: 3 });
    const third = await fixture.change(there, second.sha, { trailers: trailers({ feature: 'F-003' }) });
    expect(third.parentSha).toBe(second.sha);
    execFileSync('git', ['--git-dir', there.gitDir, 'fsck', '--strict', '--no-dangling'], { stdio: 'pipe' });
  });

  it('loads only what is missing', async () => {
    const first = await fixture.change(repository, base);
    const loaded: string[] = [];
    const bundles = [
      stored(base, await repository.bundleBase(), loaded),
      stored(first.sha, await repository.bundle({ from: base, to: first.sha }), loaded),
    ];
    const open = { missionId: MISSION, source: fixture.person.path, baseSha: base, bundles };
    await fixture.repositories.open(open);
    expect(loaded).toEqual([]);
    await fixture.host('other').open(open);
    expect(loaded).toEqual([first.sha]);
    await fixture.host('other').open(open);
    expect(loaded).toEqual([first.sha]);
  });

  it('says that the base cannot be had when neither source nor bundle holds it', async () => {
    const other = fixture.host('other');
    await expect(other.open({ missionId: MISSION, baseSha: base })).rejects.toMatchObject({
      code: 'BASE_UNREACHABLE',
    });
    await expect(
      other.open({ missionId: MISSION, source: join(fixture.root, 'gone'), baseSha: base }),
    ).rejects.toMatchObject({ code: 'REPOSITORY_NOT_FOUND' });
    await expect(
      other.open({ missionId: MISSION, source: fixture.person.path, baseSha: 'a'.repeat(40) }),
    ).rejects.toMatchObject({ code: 'BASE_UNREACHABLE' });
    expect(readdirSync(join(fixture.root, 'other/repositories')).filter((name) => name !== '.home')).toEqual(
      [],
    );
  });

  it('makes one good store when many open at once', async () => {
    const opened = await Promise.all(
      Array.from({ length: 6 }, () =>
        fixture.host('other').open({ missionId: MISSION, source: fixture.person.path, baseSha: base }),
      ),
    );
    expect(new Set(opened.map(({ gitDir }) => gitDir)).size).toBe(1);
    expect(await opened[5]?.hasCommit(base)).toBe(true);
    expect(readdirSync(join(fixture.root, 'other/repositories')).sort()).toEqual(['.home', MISSION]);
  });

  it('makes a damaged store again and forgets one on request', async () => {
    const first = await fixture.change(repository, base);
    const bundle = await repository.bundle({ from: base, to: first.sha });
    for (const name of ['packed-refs', 'refs', 'objects'])
      rmSync(join(repository.gitDir, name), { recursive: true, force: true });
    mkdirSync(join(repository.gitDir, 'objects'));
    mkdirSync(join(repository.gitDir, 'refs'));
    const open = {
      missionId: MISSION,
      source: fixture.person.path,
      baseSha: base,
      bundles: [stored(first.sha, bundle)],
    };
    expect(await (await fixture.repositories.open(open)).hasCommit(first.sha)).toBe(true);
    const workspace = await fixture.worktree(await fixture.repositories.open(open));
    await fixture.repositories.remove(MISSION);
    expect(workspace.has('')).toBe(false);
    expect(readdirSync(join(fixture.root, 'state/repositories'))).not.toContain(MISSION);
  });
});

describe('checkpoints', () => {
  it('are restored on another host with deletions, modes and links', async () => {
    const workspace = await fixture.worktree(repository);
    workspace.write('src/new.js', 'new\n');
    workspace.write('a.txt', 'changed\n');
    rmSync(workspace.place('big.txt'));
    symlinkSync('a.txt', workspace.place('link'));
    const { sha, bundle, omitted } = await repository.checkpoint(checkpointOf(workspace));
    expect(omitted).toEqual([]);
    const there = await fixture
      .host('other')
      .open({ missionId: MISSION, source: fixture.person.path, baseSha: base });
    const directory = join(fixture.root, 'taken-over');
    await there.restore({ runId: 'run-1', directory, sha, bundle });
    expect(readdirSync(directory, { recursive: true }).map(String).sort()).toEqual([
      'a.txt',
      'link',
      'src',
      'src/new.js',
    ]);
    expect(readFileSync(join(directory, 'link'), 'utf8')).toBe('changed\n');
    const made = await there.commit({ ...commitOf(workspace, base), directory });
    expect(await repository.commit(commitOf(workspace, base))).toMatchObject({ sha: made.sha });
  });

  it('are the same object for the same turn, and small', async () => {
    const workspace = await fixture.worktree(repository);
    workspace.write('new.txt', 'new\n');
    const one = await repository.checkpoint(checkpointOf(workspace));
    const two = await repository.checkpoint(checkpointOf(workspace));
    expect(two.sha).toBe(one.sha);
    expect(Buffer.from(two.bundle).equals(Buffer.from(one.bundle))).toBe(true);
    expect(one.bundle.length).toBeLessThan(1_000);
    expect((await repository.checkpoint(checkpointOf(workspace, 2))).sha).not.toBe(one.sha);
  });

  it('of an untouched workspace restore as well', async () => {
    const workspace = await fixture.worktree(repository);
    const { sha, bundle } = await repository.checkpoint(checkpointOf(workspace));
    const there = await fixture
      .host('other')
      .open({ missionId: MISSION, source: fixture.person.path, baseSha: base });
    await there.importBundle({ bundle, sha });
    expect(await there.diff({ from: base, to: sha })).toMatchObject({ files: [], patch: '' });
  });

  it('leave out what a commit would refuse, and say so', async () => {
    const workspace = await fixture.worktree(repository);
    workspace.write('good.txt', 'good');
    workspace.write('a.txt', 's3cr3t-value');
    symlinkSync('/etc/passwd', workspace.place('evil'));
    workspace.write('nested/x.txt', 'x');
    execFileSync('git', ['init', '--quiet', workspace.place('nested')]);
    const { sha, bundle, omitted } = await repository.checkpoint(checkpointOf(workspace));
    expect([...omitted].sort((a, b) => a.path.localeCompare(b.path))).toEqual([
      { path: 'a.txt', code: 'SECRET_FOUND' },
      { path: 'evil', code: 'SYMLINK_ESCAPES' },
      { path: 'nested', code: 'NESTED_REPOSITORY' },
    ]);
    const { files } = await repository.diff({ from: base, to: sha });
    expect(files.map(({ path }) => path)).toEqual(['good.txt']);
    expect(Buffer.from(bundle).includes('s3cr3t-value')).toBe(false);
  });
});

describe('bundles', () => {
  it('can be fetched by any Git', async () => {
    const first = await fixture.change(repository, base);
    const file = join(fixture.root, 'handoff.bundle');
    writeFileSync(file, await repository.bundle({ from: base, to: first.sha }));
    fixture.person.git('bundle', 'verify', '--quiet', file);
    fixture.person.git('fetch', '--quiet', file, `missions/${MISSION}:review`);
    expect(fixture.person.git('rev-parse', 'review')).toBe(first.sha);
    writeFileSync(file, await repository.bundleBase());
    execFileSync('git', [
      'clone',
      '--quiet',
      '--branch',
      `missions/${MISSION}`,
      file,
      join(fixture.root, 'cloned'),
    ]);
    expect(readFileSync(join(fixture.root, 'cloned/a.txt'), 'utf8')).toBe('a\n');
  });

  it('are taken in when another Git made them', async () => {
    fixture.person.write('b.txt', 'b\n');
    const next = fixture.person.commit('third');
    const file = join(fixture.root, 'made.bundle');
    fixture.person.git('bundle', 'create', '--quiet', file, `${base}..main`);
    await repository.importBundle({ bundle: readFileSync(file), sha: next });
    expect(await repository.hasCommit(next)).toBe(true);
  });

  it('are refused when they are damaged, cut off, empty, or hold another commit', async () => {
    const first = await fixture.change(repository, base);
    const second = await fixture.change(repository, first.sha, { trailers: trailers({ feature: 'F-002' }) });
    const good = Buffer.from(await repository.bundle({ from: base, to: first.sha }));
    const onTop = await repository.bundle({ from: first.sha, to: second.sha });
    const there = await fresh('other');
    const flipped = Buffer.from(good);
    flipped[good.length - 40] = (flipped[good.length - 40] ?? 0) ^ 0xff;
    const bad: readonly [Uint8Array, string][] = [
      [new Uint8Array(), first.sha],
      [Buffer.from('no bundle at all\n\n'), first.sha],
      [good.subarray(0, good.length - 30), first.sha],
      [flipped, first.sha],
      [good, second.sha],
      [onTop, second.sha],
    ];
    // What a failed import leaves is whole and named by its content, so each goes to a host of its own.
    for (const [index, [bundle, sha]] of bad.entries()) {
      const host = await fresh(`host-${index}`);
      await expect(host.importBundle({ bundle, sha })).rejects.toMatchObject({ code: 'BUNDLE_INVALID' });
    }
    expect(await there.hasCommit(second.sha)).toBe(false);
    await there.importBundle({ bundle: good, sha: first.sha });
    await there.importBundle({ bundle: good, sha: first.sha });
    await there.importBundle({ bundle: onTop, sha: second.sha });
    expect(await there.hasCommit(second.sha)).toBe(true);
  });

  it('finish an import that was killed after the commit and before its files', async () => {
    const first = await fixture.change(repository, base);
    const bundle = await repository.bundle({ from: base, to: first.sha });
    const there = await fixture
      .host('other')
      .open({ missionId: MISSION, source: fixture.person.path, baseSha: base });
    const commit = execFileSync('git', ['--git-dir', repository.gitDir, 'cat-file', 'commit', first.sha]);
    execFileSync(
      'git',
      ['--git-dir', there.gitDir, 'hash-object', '-w', '-t', 'commit', '--stdin', '--literally'],
      { input: commit },
    );
    expect(await there.hasCommit(first.sha)).toBe(true);
    await there.importBundle({ bundle, sha: first.sha });
    expect(await there.listFiles({ sha: first.sha })).toHaveLength(3);
  });

  it('never carry a secret a commit brought from elsewhere', async () => {
    fixture.person.write('conf.env', 'TOKEN=s3cr3t-value\n');
    const leaked = fixture.person.commit('a leak');
    const file = join(fixture.root, 'leak.bundle');
    fixture.person.git('bundle', 'create', '--quiet', file, `${base}..main`);
    await repository.importBundle({ bundle: readFileSync(file), sha: leaked });
    await expect(repository.bundle({ from: base, to: leaked })).rejects.toMatchObject({
      code: 'SECRET_FOUND',
      evidence: { file: 'conf.env', line: 1 },
    });
  });

  it('carry what was merged before the work, and are scanned for the work alone', async () => {
    const ours = await fixture.change(repository, base);
    fixture.person.write('fixture.env', 'TOKEN=s3cr3t-value\n');
    const newer = fixture.person.commit('a newer base with a fixture');
    const file = join(fixture.root, 'newer.bundle');
    fixture.person.git('bundle', 'create', '--quiet', file, `${base}..main`);
    await repository.importBundle({ bundle: readFileSync(file), sha: newer });
    const theirs = [{ missionId: 'm-two2', sha: newer }];
    const { sha: start } = await repository.integrate({ ours: ours.sha, theirs });
    const { sha } = await fixture.change(repository, start, { trailers: trailers({ feature: 'F-002' }) });
    const bundles = [
      stored(ours.sha, await repository.bundle({ from: base, to: ours.sha })),
      stored(sha, await repository.bundle({ from: ours.sha, to: sha })),
    ];
    const host = fixture.host('there');
    const there = await host.open({
      missionId: MISSION,
      source: fixture.person.path,
      baseSha: base,
      bundles,
    });
    expect(await there.hasCommit(newer)).toBe(true);
  });

  it('stop at their limit', async () => {
    const small = await fixture.open({ maxBundleBytes: 100 });
    await expect(small.bundleBase()).rejects.toMatchObject({ code: 'BUNDLE_TOO_LARGE' });
  });
});

describe('reading commits', () => {
  it('shows a diff with its patch, by path, cut at the limit', async () => {
    const workspace = await fixture.worktree(repository);
    workspace.write('a.txt', 'b\n');
    workspace.write('bin.dat', Buffer.from([0, 1, 2]));
    workspace.write('many.txt', 'x\n'.repeat(10_000));
    const { sha } = await repository.commit(commitOf(workspace, base));
    const all = await repository.diff({ from: base, to: sha });
    expect(all.files).toContainEqual({
      path: 'bin.dat',
      status: 'added',
      additions: undefined,
      deletions: undefined,
    });
    expect(all.patch).toContain('-a\n+b\n');
    const one = await repository.diff({ from: base, to: sha, paths: ['a.txt'] });
    expect(one.files).toHaveLength(1);
    const cut = await repository.diff({ from: base, to: sha, maxPatchBytes: 500 });
    expect(cut).toMatchObject({ truncated: true });
    expect(cut.patch.length).toBeLessThanOrEqual(500);
    expect((await repository.diff({ from: undefined, to: base })).files).toHaveLength(2);
    await expect(repository.diff({ from: base, to: sha, paths: ['../x'] })).rejects.toMatchObject({
      code: 'INVALID_PATH',
    });
    await expect(repository.diff({ from: 'main', to: sha })).rejects.toMatchObject({
      code: 'COMMIT_NOT_FOUND',
    });
  });

  it('gives no content for what is not there', async () => {
    expect(await repository.readFile({ sha: base, path: 'nothing' })).toBeUndefined();
    expect(await repository.readFile({ sha: base, path: '' })).toBeUndefined();
    expect(await repository.readFile({ sha: base, path: '../a.txt' })).toBeUndefined();
    expect(await repository.listFiles({ sha: base, directory: '/etc/../..' })).toEqual([]);
    await expect(repository.readFile({ sha: '--help', path: 'a.txt' })).rejects.toMatchObject({
      code: 'COMMIT_NOT_FOUND',
    });
  });
});
