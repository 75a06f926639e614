import { GitFixture } from '../conformance/git-fixture.ts';
import type { MissionRepository } from '../mission-repository.ts';

let fixture: GitFixture;
let repository: MissionRepository;

beforeAll(async () => {
  fixture = new GitFixture();
  fixture.person.write('a.txt', 'one\n');
  fixture.person.write('folder/b.bin', '\0two\n');
  fixture.person.write('empty', '');
  fixture.person.commit('Start');
  repository = await fixture.open();
});

afterAll(() => {
  fixture.dispose();
});

describe('reading many files of a commit at once', () => {
  it('gives their exact bytes by the names their listing has for them', async () => {
    const files = await repository.listFiles({ sha: repository.baseSha });
    const blobs = await repository.readBlobs(files.map(({ blob }) => blob));
    const read = files.map(({ path, blob }) => [path, Buffer.from(blobs.get(blob) ?? 'gone').toString()]);
    expect(Object.fromEntries(read)).toEqual({ 'a.txt': 'one\n', 'folder/b.bin': '\0two\n', empty: '' });
  });

  it('leaves out what is not there, is no file, or is more than a name', async () => {
    const wanted = [
      '0'.repeat(40),
      repository.baseSha,
      `${repository.baseSha}:a.txt`,
      'HEAD',
      '--help',
      'x\ny',
    ];
    expect(await repository.readBlobs(wanted)).toEqual(new Map());
    expect(await repository.readBlobs([])).toEqual(new Map());
  });
});
