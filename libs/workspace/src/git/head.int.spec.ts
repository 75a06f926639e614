import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commitOf, GitFixture, MISSION, trailers } from '../conformance/git-fixture.ts';
import type { MissionRepository } from '../mission-repository.ts';

let fixture: GitFixture;
let repository: MissionRepository;
let base: string;
let first: string;
let second: string;

beforeEach(async () => {
  fixture = new GitFixture();
  fixture.person.write('a.txt', 'a\n');
  base = fixture.person.commit('first');
  repository = await fixture.open();
  first = (await fixture.change(repository, base)).sha;
  second = (await fixture.change(repository, first, { trailers: trailers({ feature: 'F-002' }) })).sha;
});
afterEach(() => {
  fixture.dispose();
});

const fence = () =>
  execFileSync('git', ['--git-dir', repository.gitDir, 'cat-file', 'blob', 'refs/missions/fence'], {
    encoding: 'utf8',
  }).trim();

describe('moving the head', () => {
  it('goes from one accepted commit to the next, and a repeat changes nothing', async () => {
    expect(await repository.head()).toBeUndefined();
    expect(await repository.moveHead({ to: first, expected: undefined, token: 5 })).toEqual({
      branch: `missions/${MISSION}`,
      sha: first,
      moved: true,
    });
    expect(await repository.moveHead({ to: second, expected: first, token: 8 })).toMatchObject({
      moved: true,
    });
    expect(await repository.moveHead({ to: second, expected: first, token: 8 })).toMatchObject({
      moved: false,
    });
    expect(await repository.head()).toBe(second);
    expect(fence()).toBe('8');
  });

  it('refuses a stale token, also for where the head is already', async () => {
    await repository.moveHead({ to: first, expected: undefined, token: 8 });
    const stale = { code: 'STALE_TOKEN', evidence: { token: 7, current: 8 } };
    await expect(repository.moveHead({ to: second, expected: first, token: 7 })).rejects.toMatchObject(stale);
    await expect(repository.moveHead({ to: first, expected: first, token: 7 })).rejects.toMatchObject(stale);
    expect(await repository.head()).toBe(first);
    expect(fence()).toBe('8');
  });

  it('refuses a head that is not where it was expected, and an unknown commit', async () => {
    await repository.moveHead({ to: first, expected: undefined, token: 5 });
    await expect(repository.moveHead({ to: second, expected: base, token: 6 })).rejects.toMatchObject({
      code: 'HEAD_MOVED',
      evidence: { expected: base, actual: first },
    });
    await expect(
      repository.moveHead({ to: 'f'.repeat(40), expected: first, token: 6 }),
    ).rejects.toMatchObject({
      code: 'COMMIT_NOT_FOUND',
    });
    expect(fence()).toBe('5');
  });

  it('lets one of many win, within one process and between processes', async () => {
    await repository.moveHead({ to: first, expected: undefined, token: 1 });
    const candidates = await Promise.all(
      [1, 2, 3, 4, 5, 6].map(async (attempt) => {
        const change = trailers({ feature: 'F-003', attempt });
        return (await fixture.change(repository, first, { trailers: change })).sha;
      }),
    );
    const other = await fixture.open();
    const outcomes = await Promise.allSettled(
      candidates.map((to, index) =>
        (index % 2 === 0 ? repository : other).moveHead({ to, expected: first, token: 10 + index }),
      ),
    );
    const winners = outcomes.filter(({ status }) => status === 'fulfilled');
    expect(winners).toHaveLength(1);
    const winner = outcomes.findIndex(({ status }) => status === 'fulfilled');
    expect(await repository.head()).toBe(candidates[winner]);
    expect(fence()).toBe(String(10 + winner));
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') {
        expect(['HEAD_MOVED', 'STALE_TOKEN']).toContain((outcome.reason as { code: string }).code);
      }
    }
  });

  it('never lets the fence fall, whatever the order of arrival', async () => {
    let highest = 0;
    const tokens = [3, 9, 4, 9, 12, 1, 12, 11];
    for (const token of tokens) {
      const at = await repository.head();
      const to = at === first ? second : first;
      await repository.moveHead({ to, expected: at, token }).catch(() => undefined);
      expect(Number(fence())).toBeGreaterThanOrEqual(highest);
      highest = Number(fence());
    }
    expect(highest).toBe(12);
  });

  it('removes a lock that a killed process left, and waits for one that is fresh', async () => {
    const lock = join(repository.gitDir, 'refs/heads/missions', `${MISSION}.lock`);
    mkdirSync(join(repository.gitDir, 'refs/heads/missions'), { recursive: true });
    writeFileSync(lock, '');
    const old = Date.now() / 1_000 - 60;
    utimesSync(lock, old, old);
    await repository.moveHead({ to: first, expected: undefined, token: 1 });
    writeFileSync(lock, '');
    const moving = repository.moveHead({ to: second, expected: first, token: 2 });
    const early = await Promise.race([moving, new Promise((resolve) => setTimeout(resolve, 400, 'waiting'))]);
    expect(early).toBe('waiting');
    expect(statSync(lock).size).toBe(0);
    rmSync(lock);
    expect(await moving).toMatchObject({ moved: true });
  });
});

describe('publishing to the person', () => {
  const publish = (sha: string, expected: string | undefined, token = 5) =>
    repository.publishToSource({ sourcePath: fixture.person.path, sha, expected, token });
  const branch = () => fixture.person.git('rev-parse', `missions/${MISSION}`);

  it('creates and moves one branch and touches nothing else', async () => {
    fixture.person.write('a.txt', 'unsaved work\n');
    const before = fixture.person.untouchable();
    expect(await publish(first, undefined)).toEqual({
      branch: `missions/${MISSION}`,
      sha: first,
      moved: true,
    });
    expect(await publish(second, first)).toMatchObject({ moved: true });
    expect(await publish(second, first)).toMatchObject({ moved: false });
    expect(branch()).toBe(second);
    expect(fixture.person.untouchable()).toBe(before);
    expect(fixture.person.git('log', '--format=%s', `main..missions/${MISSION}`)).toBe(
      'Add the feature\nAdd the feature',
    );
    fixture.person.git('fsck', '--strict');
    expect(fixture.person.git('status', '--porcelain')).toBe('M a.txt');
  });

  it('refuses when a person moved or deleted the branch', async () => {
    await publish(first, undefined);
    const own = fixture.person.commit('own work');
    fixture.person.git('branch', '--force', `missions/${MISSION}`, own);
    await expect(publish(second, first)).rejects.toMatchObject({
      code: 'BRANCH_MOVED',
      evidence: { expected: first, actual: own },
    });
    expect(branch()).toBe(own);
    fixture.person.git('branch', '-D', `missions/${MISSION}`);
    await expect(publish(second, first)).rejects.toMatchObject({ code: 'BRANCH_MOVED' });
  });

  it('leaves a branch alone that is checked out, here or in a linked worktree', async () => {
    await publish(first, undefined);
    fixture.person.git('checkout', '--quiet', `missions/${MISSION}`);
    await expect(publish(second, first)).rejects.toMatchObject({ code: 'BRANCH_CHECKED_OUT' });
    fixture.person.git('checkout', '--quiet', 'main');
    fixture.person.git('worktree', 'add', '--quiet', join(fixture.root, 'linked'), `missions/${MISSION}`);
    await expect(publish(second, first)).rejects.toMatchObject({ code: 'BRANCH_CHECKED_OUT' });
    expect(branch()).toBe(first);
  });

  it('refuses a stale token and a name that is taken', async () => {
    await repository.moveHead({ to: first, expected: undefined, token: 8 });
    await expect(publish(first, undefined, 7)).rejects.toMatchObject({ code: 'STALE_TOKEN' });
    fixture.person.git('branch', 'missions');
    await expect(publish(first, undefined, 8)).rejects.toMatchObject({ code: 'BRANCH_NAME_TAKEN' });
  });

  it('says that another Git process holds the branch, and never removes its lock', async () => {
    await publish(first, undefined);
    const lock = join(fixture.person.path, '.git/refs/heads/missions', `${MISSION}.lock`);
    writeFileSync(lock, '');
    const old = Date.now() / 1_000 - 3_600;
    utimesSync(lock, old, old);
    await expect(publish(second, first)).rejects.toMatchObject({ code: 'SOURCE_BUSY' });
    expect(statSync(lock).isFile()).toBe(true);
  });

  it('publishes an empty repository’s first commits', async () => {
    const person = new (await import('../conformance/person-repository.ts')).PersonRepository(
      join(fixture.root, 'new'),
    );
    mkdirSync(person.path);
    person.git('init', '--quiet', '--initial-branch=main');
    const seen = await fixture.repositories.inspectRepository({ pathOrUrl: person.path });
    const fresh = await fixture.repositories.open({
      missionId: 'm-9',
      source: person.path,
      baseSha: seen.baseSha,
    });
    const workspace = await fixture.worktree(fresh, seen.baseSha);
    workspace.write('a.txt', 'a\n');
    const { sha } = await fresh.commit(
      commitOf(workspace, seen.baseSha, { trailers: trailers({ mission: 'm-9' }) }),
    );
    await fresh.publishToSource({ sourcePath: person.path, sha, expected: undefined, token: 1 });
    expect(person.git('rev-list', '--count', 'missions/m-9')).toBe('2');
    person.git('fsck', '--strict');
  });

  it('leaves everything in the person’s repository owned by the person, also when the service is root', async () => {
    const self = process.getuid?.() ?? 0;
    const owner = String(self === 0 ? 12_345 : self);
    if (self === 0) {
      execFileSync('chmod', ['755', fixture.root]);
      execFileSync('chown', ['-R', `${owner}:${owner}`, fixture.person.path]);
    }
    await publish(first, undefined);
    const find = (...tests: string[]) =>
      execFileSync('find', [fixture.person.path, ...tests], { encoding: 'utf8' });
    expect(find('!', '-uid', owner)).toBe('');
    expect(find('-path', `*heads/missions/${MISSION}`, '-uid', owner)).toContain(MISSION);
  });

  it('is delivered from bundles alone on another host', async () => {
    const bundles = [
      await repository.bundle({ from: base, to: first }),
      await repository.bundle({ from: first, to: second }),
    ];
    const request = { missionId: MISSION, sourcePath: fixture.person.path, sha: second, expected: undefined };
    const other = fixture.host('other');
    await expect(other.deliver({ ...request, bundles: bundles.slice(1) })).rejects.toMatchObject({
      code: 'BUNDLE_INVALID',
    });
    await expect(other.deliver({ ...request, bundles: bundles.slice(0, 1) })).rejects.toMatchObject({
      code: 'BUNDLE_INVALID',
    });
    expect(await other.deliver({ ...request, bundles })).toMatchObject({ sha: second, moved: true });
    expect(branch()).toBe(second);
    expect(await other.deliver({ ...request, bundles })).toMatchObject({ moved: false });
  });
});
