import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MissionRepository } from '@missions/workspace';
import { PersonRepository } from '@missions/workspace/conformance';
import { GitMissionRepositories } from '@missions/workspace/git';
import { commitFileView } from './commit-file-view.ts';
import type { FileView } from './file-view.ts';

const root = mkdtempSync(join(tmpdir(), 'missions-view-'));
const signal = AbortSignal.timeout(60_000);
let repository: MissionRepository;
let view: FileView;

beforeAll(async () => {
  const person = PersonRepository.create(join(root, 'person'));
  person.write('README.md', '# Title\nfind me here\n');
  person.write('src/a.ts', 'export const a = 1;\r\n// find me\r\n');
  person.write('src/deep/b.ts', 'export const b = "a+b";\n');
  person.write('src/image.png', Buffer.from([0, 1, 2, 102, 105, 110, 100]));
  symlinkSync('../README.md', join(person.path, 'src/readme'));
  symlinkSync('../../outside', join(person.path, 'src/out'));
  symlinkSync('/etc/passwd', join(person.path, 'src/host'));
  symlinkSync('loop', join(person.path, 'src/loop'));
  const baseSha = person.commit('Start');
  person.write('README.md', 'uncommitted\n');
  const repositories = new GitMissionRepositories({ stateDir: join(root, 'state'), scan: () => [] });
  repository = await repositories.open({ missionId: 'm-view', source: person.path, baseSha });
  view = commitFileView(repository, baseSha);
});

afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

const text = async (path: string): Promise<string> =>
  Buffer.from((await view.read(path, signal)).bytes).toString('utf8');

describe('the files of a commit', () => {
  it('are read as committed, by relative and by absolute path', async () => {
    expect(await text('README.md')).toBe('# Title\nfind me here\n');
    expect(await text('/workspace/src/../README.md')).toBe('# Title\nfind me here\n');
  });

  it('follow links inside the commit only', async () => {
    expect(await text('src/readme')).toBe('# Title\nfind me here\n');
    await expect(text('src/out')).rejects.toMatchObject({ code: 'FILE_OUTSIDE' });
    await expect(text('src/host')).rejects.toMatchObject({ code: 'FILE_OUTSIDE' });
    await expect(text('src/loop')).rejects.toMatchObject({ code: 'FILE_REFUSED' });
  });

  it('are refused where there is none', async () => {
    await expect(text('../secrets')).rejects.toMatchObject({ code: 'FILE_OUTSIDE' });
    await expect(text('/etc/passwd')).rejects.toMatchObject({ code: 'FILE_OUTSIDE' });
    await expect(text('nothing.md')).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
    await expect(text('src')).rejects.toMatchObject({ code: 'FILE_REFUSED', message: 'src is a directory.' });
    await expect(text('.')).rejects.toMatchObject({ message: 'The root is a directory.' });
  });

  it('are found by pattern, sorted, within a folder and up to a limit', async () => {
    expect(await view.glob({ pattern: '**/*.ts', limit: 9 }, signal)).toEqual({
      paths: ['src/a.ts', 'src/deep/b.ts'],
      truncated: false,
    });
    expect((await view.glob({ pattern: '*.ts', path: 'src', limit: 9 }, signal)).paths).toEqual(['src/a.ts']);
    expect(await view.glob({ pattern: '**', limit: 1 }, signal)).toEqual({
      paths: ['README.md'],
      truncated: true,
    });
  });

  it('are searched line by line, without binary files and links', async () => {
    expect(await view.grep({ pattern: 'find', limit: 9 }, signal)).toEqual({
      matches: [
        { path: 'README.md', line: 2, text: 'find me here' },
        { path: 'src/a.ts', line: 2, text: '// find me' },
      ],
      filesSearched: 3,
      truncated: false,
    });
    expect((await view.grep({ pattern: 'a\\+b', limit: 9, glob: '*.ts' }, signal)).matches).toHaveLength(1);
    expect((await view.grep({ pattern: 'find', path: 'README.md', limit: 9 }, signal)).matches).toHaveLength(
      1,
    );
    expect(await view.grep({ pattern: 'find', path: 'src', limit: 9, glob: 'deep/*' }, signal)).toMatchObject(
      {
        matches: [],
        filesSearched: 1,
      },
    );
    expect(await view.grep({ pattern: '.', limit: 1 }, signal)).toMatchObject({ truncated: true });
  });

  it('are not searched by a pattern that is none', async () => {
    await expect(view.grep({ pattern: '(', limit: 1 }, signal)).rejects.toMatchObject({
      code: 'PATTERN_INVALID',
    });
    await expect(view.grep({ pattern: '(?<=a)b', limit: 1 }, signal)).rejects.toMatchObject({
      code: 'PATTERN_INVALID',
    });
  });
});
