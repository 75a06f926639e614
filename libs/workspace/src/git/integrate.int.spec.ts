import { mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { AT, commitOf, GitFixture, MISSION, trailers } from '../conformance/git-fixture.ts';
import type { ForeignWork } from '../integration.ts';
import type { MissionRepository } from '../mission-repository.ts';

type Files = Readonly<Record<string, string | Uint8Array | undefined>>;

let fixture: GitFixture;
let repository: MissionRepository;
let base: string;
let commits = 0;

beforeEach(async () => {
  fixture = new GitFixture();
  fixture.person.write('a.txt', 'one\ntwo\nthree\n');
  fixture.person.write('b.txt', 'b\n');
  fixture.person.write('bytes.bin', new Uint8Array([0, 1]));
  fixture.person.commit('first');
  repository = await fixture.open();
  base = repository.baseSha;
});
afterEach(() => {
  fixture.dispose();
});

/** One accepted commit of some mission; undefined deletes a file. */
async function work(from: string, files: Files, missionId = MISSION): Promise<string> {
  commits += 1;
  const workspace = await fixture.worktree(repository, from);
  for (const [path, content] of Object.entries(files))
    if (content === undefined) rmSync(workspace.place(path));
    else workspace.write(path, content);
  const made = trailers({ mission: missionId, feature: `F-${String(commits)}` });
  const { sha } = await repository.commit(commitOf(workspace, from, { trailers: made }));
  return sha;
}

const of = (missionId: string, sha: string): ForeignWork => ({ missionId, sha });
const text = async (sha: string, path: string) =>
  Buffer.from((await repository.readFile({ sha, path }))?.content ?? []).toString();
const newest = async (sha: string) => (await repository.history({ from: base, to: sha }))[0];

describe('merging what other missions did', () => {
  it('gives a merge of both, by the supervisor, that names both missions', async () => {
    const ours = await work(base, { 'b.txt': 'ours\n' });
    const theirs = await work(base, { 'a.txt': 'one\nTWO\nthree\n' }, 'm-two2');
    const { sha, merged, conflicts } = await repository.integrate({ ours, theirs: [of('m-two2', theirs)] });
    expect({ merged, conflicts }).toEqual({ merged: [of('m-two2', theirs)], conflicts: [] });
    expect(await text(sha, 'a.txt')).toBe('one\nTWO\nthree\n');
    expect(await text(sha, 'b.txt')).toBe('ours\n');
    const commit = await newest(sha);
    expect(commit?.parentShas).toEqual([ours, theirs]);
    expect(commit?.message).toContain(`Mission: ${MISSION}\nIntegrates: m-two2 ${theirs}`);
  });

  it('gives the same object each time, on whatever host', async () => {
    const ours = await work(base, { 'b.txt': 'ours\n' });
    const theirs = await work(base, { 'a.txt': 'theirs\n' }, 'm-two2');
    const here = await repository.integrate({ ours, theirs: [of('m-two2', theirs)] });
    const elsewhere = await fixture
      .host('elsewhere')
      .open({ missionId: MISSION, source: fixture.person.path, baseSha: base });
    await elsewhere.importBundle({
      sha: here.sha,
      bundle: await repository.bundle({ from: base, to: here.sha }),
    });
    const there = await elsewhere.integrate({ ours, theirs: [of('m-two2', theirs)] });
    expect(there).toEqual(here);
  });

  it('merges nothing that is contained already', async () => {
    const theirs = await work(base, { 'a.txt': 'theirs\n' }, 'm-two2');
    const first = await repository.integrate({ ours: base, theirs: [of('m-two2', theirs)] });
    const ours = await work(first.sha, { 'b.txt': 'on top\n' });
    expect(await repository.integrate({ ours, theirs: [of('m-two2', theirs)] })).toEqual({
      sha: ours,
      merged: [],
      conflicts: [],
    });
  });

  it('merges three missions one after another', async () => {
    const ours = await work(base, { 'b.txt': 'ours\n' });
    const two = await work(base, { 'two.txt': '2\n' }, 'm-two2');
    const three = await work(base, { 'three.txt': '3\n', 'b.txt': 'three\n' }, 'm-three3');
    const { sha, merged, conflicts } = await repository.integrate({
      ours,
      theirs: [of('m-two2', two), of('m-three3', three)],
    });
    expect(merged).toHaveLength(2);
    expect(conflicts).toMatchObject([{ path: 'b.txt', kind: 'contents', missionId: 'm-three3' }]);
    expect(await text(sha, 'two.txt')).toBe('2\n');
    expect((await newest(sha))?.message).toContain('- "b.txt" (contents)');
  });

  it('follows a rename of the other side', async () => {
    const ours = await work(base, { 'a.txt': 'ONE\ntwo\nthree\n' });
    const theirs = await work(base, { 'a.txt': undefined, 'moved.txt': 'one\ntwo\nthree\n' }, 'm-two2');
    const { sha, conflicts } = await repository.integrate({ ours, theirs: [of('m-two2', theirs)] });
    expect(conflicts).toEqual([]);
    expect(await text(sha, 'moved.txt')).toBe('ONE\ntwo\nthree\n');
    expect(await repository.readFile({ sha, path: 'a.txt' })).toBeUndefined();
  });
});

describe('a conflict', () => {
  it('is committed with its markers, which name the two commits', async () => {
    const ours = await work(base, { 'a.txt': 'one\nours\nthree\n' });
    const theirs = await work(base, { 'a.txt': 'one\ntheirs\nthree\n' }, 'm-two2');
    const { sha } = await repository.integrate({ ours, theirs: [of('m-two2', theirs)] });
    expect(await text(sha, 'a.txt')).toBe(
      `one\n<<<<<<< ${ours}\nours\n=======\ntheirs\n>>>>>>> ${theirs}\nthree\n`,
    );
  });

  it('says what was kept of a file that one side deleted, and of one that is no text', async () => {
    const ours = await work(base, { 'b.txt': undefined, 'bytes.bin': new Uint8Array([0, 2]) });
    const theirs = await work(base, { 'b.txt': 'changed\n', 'bytes.bin': new Uint8Array([0, 3]) }, 'm-two2');
    const { sha, conflicts } = await repository.integrate({ ours, theirs: [of('m-two2', theirs)] });
    expect(conflicts).toMatchObject([
      { path: 'b.txt', kind: 'modify/delete' },
      { path: 'bytes.bin', kind: 'binary' },
    ]);
    expect(conflicts[0]?.detail).toContain('Version m-two2 of b.txt left in tree');
    expect([...((await repository.readFile({ sha, path: 'bytes.bin' }))?.content ?? [])]).toEqual([0, 2]);
  });

  it('is not decided by what a repository says about how to merge', async () => {
    const start = await work(base, { '.gitattributes': '* merge=union\n' });
    const ours = await work(start, { 'a.txt': 'one\nours\nthree\n' });
    const theirs = await work(start, { 'a.txt': 'one\ntheirs\nthree\n' }, 'm-two2');
    const { conflicts } = await repository.integrate({ ours, theirs: [of('m-two2', theirs)] });
    expect(conflicts).toMatchObject([{ path: 'a.txt', kind: 'contents' }]);
  });

  it('of two links that together lead out of the repository is refused', async () => {
    const linked = async (missionId: string, feature: string, path: string, target: string) => {
      const workspace = await fixture.worktree(repository, base);
      mkdirSync(workspace.place('d/e'), { recursive: true });
      workspace.write('d/e/x', 'x\n');
      symlinkSync(target, workspace.place(path));
      const made = trailers({ mission: missionId, feature });
      return (await repository.commit(commitOf(workspace, base, { trailers: made }))).sha;
    };
    const ours = await linked(MISSION, 'F-901', 'to', 'd/e/over/..');
    const theirs = await linked('m-two2', 'F-902', 'd/e/over', '../..');
    await expect(repository.integrate({ ours, theirs: [of('m-two2', theirs)] })).rejects.toMatchObject({
      code: 'SYMLINK_ESCAPES',
    });
  });
});

describe('a checkpoint on another base', () => {
  const checkpointOf = async (parentSha: string, files: Files) => {
    const workspace = await fixture.worktree(repository, parentSha);
    for (const [path, content] of Object.entries(files)) workspace.write(path, content ?? '');
    const taken = { runId: 'run-1', directory: workspace.path, parentSha, turn: 2, at: AT };
    return repository.checkpoint({ ...taken, bundleFrom: base });
  };

  it('is laid out as it is where nothing has changed', async () => {
    const { sha } = await checkpointOf(base, { 'b.txt': 'half\n' });
    expect(await repository.carry({ checkpointSha: sha, onto: base, missionId: MISSION })).toMatchObject({
      sha,
    });
  });

  it('keeps its changes beside what others did meanwhile', async () => {
    const checkpoint = await checkpointOf(base, { 'b.txt': 'half\n', 'new.txt': 'new\n' });
    const onto = await work(base, { 'a.txt': 'one\nTWO\nthree\n' }, 'm-two2');
    const { sha, conflicts } = await repository.carry({
      checkpointSha: checkpoint.sha,
      onto,
      missionId: MISSION,
    });
    expect(conflicts).toEqual([]);
    const workspace = await fixture.worktree(repository, sha);
    const read = (path: string) => readFileSync(workspace.place(path), 'utf8');
    expect(['a.txt', 'b.txt', 'new.txt'].map(read)).toEqual(['one\nTWO\nthree\n', 'half\n', 'new\n']);
  });

  it('conflicts where others changed the same', async () => {
    const checkpoint = await checkpointOf(base, { 'b.txt': 'half\n' });
    const onto = await work(base, { 'b.txt': 'whole\n' }, 'm-two2');
    const { conflicts } = await repository.carry({ checkpointSha: checkpoint.sha, onto, missionId: MISSION });
    expect(conflicts).toMatchObject([{ path: 'b.txt', kind: 'contents' }]);
  });

  it('reaches another host with the merge it was taken on', async () => {
    const theirs = await work(base, { 'a.txt': 'theirs\n' }, 'm-two2');
    const ours = await work(base, { 'b.txt': 'ours\n' });
    const { sha: parentSha } = await repository.integrate({ ours, theirs: [of('m-two2', theirs)] });
    const { sha, bundle } = await checkpointOf(parentSha, { 'new.txt': 'new\n' });
    const elsewhere = await fixture
      .host('elsewhere')
      .open({ missionId: MISSION, source: fixture.person.path, baseSha: base });
    await elsewhere.importBundle({ sha, bundle: () => Promise.resolve(bundle) });
    expect(await elsewhere.hasCommit(theirs)).toBe(true);
  });
});
