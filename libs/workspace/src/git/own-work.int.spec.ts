import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commitOf, GitFixture, trailers } from '../conformance/git-fixture.ts';
import { PersonRepository } from '../conformance/person-repository.ts';
import type { MissionRepository } from '../mission-repository.ts';

type Files = Readonly<Record<string, string>>;

const key = 'TOKEN=s3cr3t-value';
const found = { code: 'SECRET_FOUND' };

let fixture: GitFixture;
let repository: MissionRepository;
/** The same store, for what a scan would refuse. */
let careless: MissionRepository;
let base: string;
let commits: number;

beforeEach(async () => {
  fixture = new GitFixture();
  fixture.person.write('a.txt', 'one\ntwo\nthree\n');
  fixture.person.commit('first');
  repository = await fixture.open();
  careless = await fixture.open({ scan: () => [] });
  base = repository.baseSha;
  commits = 0;
});

afterEach(() => {
  fixture.dispose();
});

async function work(from: string, files: Files): Promise<string> {
  commits += 1;
  const workspace = await fixture.worktree(careless, from);
  for (const [path, content] of Object.entries(files)) workspace.write(path, content);
  const made = trailers({ feature: `F-${String(commits)}` });
  return (await careless.commit(commitOf(workspace, from, { trailers: made }))).sha;
}

const merge = async (ours: string, theirs: string): Promise<string> =>
  (await careless.integrate({ ours, theirs: [{ missionId: 'm-two2', sha: theirs }] })).sha;

const leaving = (to: string): Promise<Uint8Array> => repository.bundle({ from: base, to });

/** A merge that Git would not make: it has the files of another commit. */
function madeUp(ours: string, theirs: string, files: string): string {
  const identity = { GIT_AUTHOR_NAME: 'x', GIT_AUTHOR_EMAIL: 'x@example.org' };
  const committer = { GIT_COMMITTER_NAME: 'x', GIT_COMMITTER_EMAIL: 'x@example.org' };
  const args = ['commit-tree', `${files}^{tree}`, '-p', ours, '-p', theirs, '-m', 'Merge'];
  const env = { PATH: process.env['PATH'], ...identity, ...committer };
  return execFileSync('git', ['--git-dir', repository.gitDir, ...args], { env, encoding: 'utf8' }).trim();
}

/** Where a Git is found that answers as one before 2.38. */
function oldGit(): string {
  const folder = join(fixture.root, 'old-git');
  mkdirSync(folder);
  const path = process.env['PATH'] ?? '';
  const program = `#!/bin/sh\ncase " $* " in *" merge-tree "*) echo usage >&2; exit 129 ;; esac\nPATH='${path}' exec git "$@"\n`;
  writeFileSync(join(folder, 'git'), program, { mode: 0o755 });
  return `${folder}:${path}`;
}

describe('a mission whose supervisor merged work with a secret in it', () => {
  it('may leave this host, as a bundle and as a branch', async () => {
    const theirs = await work(base, { 'fixture.env': key });
    const start = await merge(await work(base, { 'b.txt': 'ours' }), theirs);
    const head = await work(start, { 'c.txt': 'ours' });
    expect((await leaving(head)).length).toBeGreaterThan(0);
    const remote = PersonRepository.create(join(fixture.root, 'remote'));
    expect(await repository.push({ remote: remote.path, sha: head, ours: [] })).toMatchObject({
      moved: true,
    });
  });

  it('may leave when both sides changed the file that has it', async () => {
    const ours = await work(base, { 'a.txt': 'ONE\ntwo\nthree\n' });
    const theirs = await work(base, { 'a.txt': `one\ntwo\n${key}\n` });
    expect((await leaving(await merge(ours, theirs))).length).toBeGreaterThan(0);
  });

  it('may leave when a conflict about it was resolved without it, and only then', async () => {
    const ours = await work(base, { 'a.txt': 'one\nours\nthree\n' });
    const conflict = await merge(ours, await work(base, { 'a.txt': `one\n${key}\nthree\n` }));
    expect((await leaving(await work(conflict, { 'a.txt': 'one\nboth\nthree\n' }))).length).toBeGreaterThan(
      0,
    );
    const kept = await work(conflict, { 'a.txt': `one\nours\n${key}\nthree\n` });
    await expect(leaving(kept)).rejects.toMatchObject({ ...found, evidence: { file: 'a.txt', line: 3 } });
  });

  it('may leave by a Git that cannot merge, which then also looks at what the merge itself holds', async () => {
    const theirs = await work(base, { 'fixture.env': key });
    const plain = await merge(await work(base, { 'b.txt': 'ours' }), theirs);
    const joined = await merge(
      await work(base, { 'a.txt': 'ONE\ntwo\nthree\n' }),
      await work(base, { 'a.txt': `one\ntwo\n${key}\n` }),
    );
    const old = await fixture.open({ searchPath: oldGit() });
    expect((await old.bundle({ from: base, to: plain })).length).toBeGreaterThan(0);
    await expect(old.bundle({ from: base, to: joined })).rejects.toMatchObject(found);
  });

  it('may leave when a merge is not what this Git makes of its parents, but adds nothing', async () => {
    const [ours, theirs] = [await work(base, { 'b.txt': 'ours' }), await work(base, { 'fixture.env': key })];
    expect((await leaving(madeUp(ours, theirs, ours))).length).toBeGreaterThan(0);
  });
});

describe('a secret that a mission’s own run made', () => {
  it.each(['before', 'after'])('is found %s a merge', async (when) => {
    const early = await work(base, { 'own.txt': when === 'before' ? key : 'fine' });
    const start = await merge(early, await work(base, { 'b.txt': 'theirs' }));
    const head = await work(start, { 'late.txt': when === 'after' ? key : 'fine' });
    const file = when === 'before' ? 'own.txt' : 'late.txt';
    await expect(leaving(head)).rejects.toMatchObject({ ...found, evidence: { file } });
    const remote = join(fixture.root, 'person');
    await expect(repository.push({ remote, sha: head, ours: [] })).rejects.toMatchObject(found);
  });

  it('is found between two merges, also where the next run took it out', async () => {
    const first = await merge(base, await work(base, { 'b.txt': 'theirs' }));
    const leak = await work(first, { 'own.txt': key });
    const mended = await work(leak, { 'own.txt': 'fine' });
    const head = await merge(mended, await work(base, { 'c.txt': 'theirs' }));
    await expect(leaving(head)).rejects.toMatchObject({ ...found, evidence: { file: 'own.txt' } });
  });

  it.each(['as Git makes it', 'made up'])('is found when it came back in a merge %s', async (how) => {
    const leak = await work(base, { 'own.txt': key });
    const theirs = await merge(await work(base, { 'b.txt': 'theirs' }), leak);
    const ours = await work(leak, { 'c.txt': 'ours' });
    const head = how === 'made up' ? madeUp(ours, theirs, theirs) : await merge(ours, theirs);
    await expect(leaving(head)).rejects.toMatchObject({ ...found, evidence: { file: 'own.txt' } });
  });

  it('is found in a merge that holds what neither side did', async () => {
    const [ours, theirs] = [await work(base, { 'b.txt': 'ours' }), await work(base, { 'c.txt': 'theirs' })];
    const head = madeUp(ours, theirs, await work(ours, { 'slipped-in.txt': key }));
    await expect(leaving(head)).rejects.toMatchObject({ ...found, evidence: { file: 'slipped-in.txt' } });
  });
});
