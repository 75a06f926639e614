import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commitOf, GitFixture, MISSION, trailers } from '../conformance/git-fixture.ts';
import { PersonRepository } from '../conformance/person-repository.ts';

let fixture: GitFixture;
let canaries: string;
let trap: string;

beforeEach(() => {
  fixture = new GitFixture();
  canaries = join(fixture.root, 'canaries');
  mkdirSync(canaries, { mode: 0o777 });
  chmodSync(canaries, 0o777);
  trap = join(fixture.root, 'trap.sh');
  writeFileSync(
    trap,
    `#!/bin/sh\n: > "${canaries}/$(basename "$0")-$(printf %s "$1" | tr / _)-$$"\nprintf 'all good\\n'\ncat 2>/dev/null || :\n`,
  );
  chmodSync(trap, 0o755);
});
afterEach(() => {
  fixture.dispose();
});

/** What ran although it was only data. */
const sprung = () => readdirSync(canaries);

const HOOKS = [
  'applypatch-msg',
  'post-applypatch',
  'post-checkout',
  'post-commit',
  'post-index-change',
  'post-merge',
  'post-receive',
  'post-rewrite',
  'post-update',
  'pre-applypatch',
  'pre-auto-gc',
  'pre-commit',
  'pre-push',
  'pre-rebase',
  'pre-receive',
  'prepare-commit-msg',
  'commit-msg',
  'proc-receive',
  'push-to-checkout',
  'reference-transaction',
  'update',
  'fsmonitor-watchman',
];

/** Every way a repository's own files can name a program, each naming the trap. */
function booby(repository: PersonRepository): void {
  const gitDir = join(repository.path, '.git');
  mkdirSync(join(gitDir, 'hooks'), { recursive: true });
  for (const hook of HOOKS) symlinkSync(trap, join(gitDir, 'hooks', hook));
  writeFileSync(
    join(fixture.root, 'included.config'),
    `[core]\n\teditor = ${trap} included\n[alias]\n\tstatus = !${trap} alias\n[diff]\n\texternal = ${trap} external\n`,
  );
  const settings: Record<string, string> = {
    'core.fsmonitor': `${trap} fsmonitor`,
    'core.hooksPath': join(gitDir, 'hooks'),
    'core.sshCommand': `${trap} ssh`,
    'core.askPass': trap,
    'core.pager': `${trap} pager`,
    'core.gitProxy': trap,
    'core.alternateRefsCommand': `${trap} alternates`,
    'credential.helper': `!${trap} credential`,
    'diff.external': `${trap} external`,
    'diff.spy.textconv': `${trap} textconv`,
    'diff.spy.command': `${trap} command`,
    'filter.spy.clean': `${trap} clean`,
    'filter.spy.smudge': `${trap} smudge`,
    'filter.spy.process': `${trap} process`,
    'filter.spy.required': 'true',
    'merge.spy.driver': `${trap} merge`,
    'gpg.program': trap,
    'commit.gpgSign': 'true',
    'log.showSignature': 'true',
    'uploadpack.packObjectsHook': `${trap} pack-objects`,
    'receive.procReceiveRefs': 'refs/heads/missions',
    'remote.origin.url': `ext::${trap} ext`,
    'remote.origin.uploadpack': `${trap} uploadpack`,
    'remote.origin.promisor': 'true',
    'protocol.ext.allow': 'always',
    'trailer.spy.command': `${trap} trailer`,
    'include.path': join(fixture.root, 'included.config'),
    'includeIf.gitdir:/.path': join(fixture.root, 'included.config'),
  };
  for (const [key, value] of Object.entries(settings)) repository.git('config', key, value);
}

const IDENTITY = {
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.test',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.test',
};

const HOSTILE_ATTRIBUTES = '* filter=spy diff=spy merge=spy\n';

/** Everything a mission does with a repository, from first look to delivery. */
async function wholeMission(source: string): Promise<string> {
  const seen = await fixture.repositories.inspectRepository({ pathOrUrl: source });
  const repository = await fixture.repositories.open({ missionId: MISSION, source, baseSha: seen.baseSha });
  const workspace = await fixture.worktree(repository, seen.baseSha);
  workspace.write('.gitattributes', HOSTILE_ATTRIBUTES);
  workspace.write('a.txt', 'changed by the agent\n');
  workspace.write('new.txt', 'new\n');
  const checkpoint = await repository.checkpoint({
    runId: 'run-1',
    directory: workspace.path,
    parentSha: seen.baseSha,
    turn: 1,
    at: '2026-02-03T04:05:06Z',
  });
  const directory = join(fixture.root, 'restored');
  await repository.restore({ runId: 'run-1', directory, sha: checkpoint.sha, bundle: checkpoint.bundle });
  const { sha } = await repository.commit(commitOf(workspace, seen.baseSha));
  await repository.diff({ from: seen.baseSha, to: sha });
  await repository.history({ to: sha });
  await repository.bundleBase();
  await repository.bundle({ from: seen.baseSha, to: sha });
  await repository.checkoutClean({ sha, directory: join(fixture.root, 'clean') });
  await repository.moveHead({ to: sha, expected: undefined, token: 7 });
  await repository.publishToSource({ sourcePath: source, sha, expected: undefined, token: 7 });
  return sha;
}

describe('a repository whose every setting names a program', () => {
  beforeEach(() => {
    fixture.person.write('.gitattributes', HOSTILE_ATTRIBUTES);
    fixture.person.write('a.txt', 'one\n');
    fixture.person.commit('first');
    booby(fixture.person);
    fixture.person.write('a.txt', 'dirty\n');
  });

  it('runs them when Git is used as usual (the control)', () => {
    const ordinary = [
      ['status'],
      ['add', 'a.txt'],
      ['diff', 'HEAD'],
      ['commit', '--allow-empty', '-m', 'x'],
      ['-c', 'commit.gpgSign=false', 'commit', '--allow-empty', '-m', 'y'],
      ['-c', 'diff.external=', '-c', 'diff.spy.command=', 'show', '--no-ext-diff', 'HEAD'],
      ['fetch', 'origin'],
    ];
    const env = { ...IDENTITY, PATH: '/usr/bin:/bin', HOME: fixture.root };
    spawnSync('git', ['status'], { cwd: fixture.person.path, env, timeout: 20_000 });
    for (const args of ordinary) {
      const plain = ['-c', 'filter.spy.process=', '-c', 'filter.spy.required=false', ...args];
      spawnSync('git', plain, { cwd: fixture.person.path, env, timeout: 20_000 });
    }
    const ran = sprung().map((name) => name.replace(/-[0-9]+$/, ''));
    for (const name of [
      'trap.sh-fsmonitor',
      'trap.sh-process',
      'trap.sh-command',
      'trap.sh-ext',
      'trap.sh-textconv',
    ]) {
      expect(ran).toContain(name);
    }
    expect(ran.join(' ')).toMatch(/pre-commit.*reference-transaction|reference-transaction.*pre-commit/);
  });

  it('goes through a whole mission with none of them run', async () => {
    const before = fixture.person.untouchable();
    const sha = await wholeMission(fixture.person.path);
    expect(sprung()).toEqual([]);
    expect(fixture.person.untouchable()).toBe(before);
    expect(
      execFileSync(
        'git',
        [
          '--git-dir',
          `${fixture.person.path}/.git`,
          '-c',
          'core.hooksPath=/dev/null',
          'rev-parse',
          `missions/${MISSION}`,
        ],
        { encoding: 'utf8' },
      ).trim(),
    ).toBe(sha);
  });

  it('runs nothing to fetch an object that a partial clone lacks', async () => {
    fixture.person.git('config', 'extensions.partialClone', 'origin');
    fixture.person.git('config', 'core.repositoryFormatVersion', '1');
    const blob = fixture.person.git('-c', 'core.fsmonitor=false', 'rev-parse', 'HEAD:a.txt');
    rmSync(join(fixture.person.path, '.git/objects', blob.slice(0, 2), blob.slice(2)));
    spawnSync('git', ['cat-file', '-p', blob], {
      cwd: fixture.person.path,
      env: { PATH: '/usr/bin:/bin', HOME: fixture.root },
    });
    expect(sprung().length).toBeGreaterThan(0);
    for (const name of sprung()) rmSync(join(canaries, name));
    await expect(wholeMission(fixture.person.path)).rejects.toMatchObject({ code: 'BASE_UNREACHABLE' });
    expect(sprung()).toEqual([]);
  });
});

describe('a workspace an agent has turned against its supervisor', () => {
  it('runs nothing of a .git the agent planted, as a directory or as a file', async () => {
    fixture.person.write('a.txt', 'one\n');
    fixture.person.commit('first');
    const repository = await fixture.open();
    const workspace = await fixture.worktree(repository);
    const planted = PersonRepository.create(workspace.path);
    workspace.write('.gitattributes', HOSTILE_ATTRIBUTES);
    booby(planted);
    workspace.write('a.txt', 'changed\n');
    spawnSync('git', ['status'], { cwd: workspace.path, env: { PATH: '/usr/bin:/bin', HOME: fixture.root } });
    expect(sprung().length).toBeGreaterThan(0);
    for (const name of sprung()) rmSync(join(canaries, name));
    const made = await repository.commit(commitOf(workspace, repository.baseSha));
    expect(made.filesChanged.map(({ path }) => path)).toEqual(['.gitattributes', 'a.txt']);
    execFileSync('mv', [join(workspace.path, '.git'), join(fixture.root, 'moved.git')]);
    workspace.write('.git', `gitdir: ${join(fixture.root, 'moved.git')}\n`);
    workspace.write('a.txt', 'changed again\n');
    await repository.commit(commitOf(workspace, repository.baseSha, { trailers: trailers({ attempt: 2 }) }));
    expect(sprung()).toEqual([]);
    expect(existsSync(join(repository.gitDir, 'hooks'))).toBe(false);
  });

  it('never commits what lies outside, however fast files become links and back', async () => {
    writeFileSync(join(fixture.root, 'host-secret'), 'HOST SECRET '.repeat(10));
    mkdirSync(join(fixture.root, 'host'));
    writeFileSync(join(fixture.root, 'host/inner.txt'), 'HOST SECRET '.repeat(10));
    fixture.person.write('flip.txt', 'x'.repeat(120));
    fixture.person.write('dir/inner.txt', 'y'.repeat(120));
    fixture.person.commit('first');
    const repository = await fixture.open();
    const workspace = await fixture.worktree(repository);
    const swapper = swapLinks(workspace.path, fixture.root);
    try {
      for (let turn = 1; turn <= 20; turn += 1) {
        const at = '2026-02-03T04:05:06Z';
        const request = {
          runId: 'run-1',
          directory: workspace.path,
          parentSha: repository.baseSha,
          turn,
          at,
        };
        const { sha } = await repository.checkpoint(request);
        for (const { path, kind } of await repository.listFiles({ sha })) {
          const file = await repository.readFile({ sha, path });
          expect(`${kind} ${Buffer.from(file?.content ?? []).toString()}`).not.toContain('HOST SECRET');
        }
      }
    } finally {
      swapper.kill('SIGKILL');
    }
  });
});

/** Swaps a file and a directory for links out of the workspace and back, as fast as it can. */
function swapLinks(workspace: string, outside: string): ChildProcess {
  const script = `
    const fs = require('node:fs');
    const pause = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    const quietly = (act) => { try { act(); } catch {} };
    for (;;) {
      quietly(() => fs.writeFileSync('flip.new', 'z'.repeat(120)));
      quietly(() => fs.renameSync('flip.new', 'flip.txt'));
      quietly(() => fs.symlinkSync(${JSON.stringify(join(outside, 'host-secret'))}, 'flip.link'));
      quietly(() => fs.renameSync('flip.link', 'flip.txt'));
      quietly(() => fs.renameSync('dir', 'dir.away'));
      quietly(() => fs.symlinkSync(${JSON.stringify(join(outside, 'host'))}, 'dir'));
      pause();
      quietly(() => fs.unlinkSync('dir'));
      quietly(() => fs.renameSync('dir.away', 'dir'));
      pause();
    }`;
  return spawn(process.execPath, ['-e', script], { cwd: workspace, stdio: 'ignore' });
}
