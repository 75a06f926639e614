import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { findTool, stateDirectory } from '@missions/local';
import { testSandbox, type TestSandbox } from '../conformance/test-sandbox.ts';
import type { SandboxSession } from '../sandbox.ts';
import type { FileContent } from '../sandbox-files.ts';

const timeoutMs = 20_000;
let sandbox: TestSandbox;
let session: SandboxSession;
let workspace: string;

beforeAll(async () => {
  sandbox = await testSandbox(await findTool('bwrap'), stateDirectory());
}, 180_000);
beforeEach(async () => {
  workspace = await sandbox.workspace();
  session = await sandbox.open({ workspace });
});
afterEach(() => session.close());
afterAll(() => sandbox.end());

const textOf = ({ bytes }: FileContent): string => Buffer.from(bytes).toString();
const run = (command: string): Promise<unknown> => session.run({ command, timeoutMs });

describe('files of a session', () => {
  it('are written whole, with their directories, for the commands and the host to see', async () => {
    await session.files.writeFile('deep/er/a.txt', 'text\n');
    expect((await session.run({ command: 'cat deep/er/a.txt', timeoutMs })).stdout).toBe('text\n');
    expect(readFileSync(join(workspace, 'deep/er/a.txt'), 'utf8')).toBe('text\n');
    expect(statSync(join(workspace, 'deep/er/a.txt')).uid).toBe(sandbox.user.uid);
  });

  it('keep their mode when they are replaced', async () => {
    await run('echo old > run.sh; chmod 755 run.sh');
    await session.files.writeFile('run.sh', 'new');
    expect(statSync(join(workspace, 'run.sh')).mode & 0o777).toBe(0o755);
    expect((await session.files.listFiles('.')).entries.map(({ name }) => name)).toEqual(['run.sh']);
  });

  it('are read byte for byte, in ranges', async () => {
    const bytes = Uint8Array.from({ length: 512 }, (_, index) => index % 256);
    await session.files.writeFile('/workspace/binary', bytes);
    expect(Uint8Array.from((await session.files.readFile('binary')).bytes)).toEqual(bytes);
    const part = await session.files.readFile('binary', { offset: 500, limit: 100 });
    expect([...part.bytes]).toEqual([...bytes.slice(500)]);
    expect(part.size).toBe(512);
  });

  it('are listed by name with their kinds', async () => {
    await run('echo 12 > b; mkdir a; ln -s b c; mkfifo d');
    expect(await session.files.listFiles('.')).toEqual({
      truncated: false,
      entries: [
        { name: 'a', kind: 'directory', size: expect.any(Number) as number },
        { name: 'b', kind: 'file', size: 3 },
        { name: 'c', kind: 'link', size: 1 },
        { name: 'd', kind: 'other', size: 0 },
      ],
    });
  });

  it.each([
    ['a file that is not there', 'nothing', 'FILE_NOT_FOUND'],
    ['a directory', '.', 'FILE_REFUSED'],
    ['a pipe that nobody writes to', 'pipe', 'FILE_REFUSED'],
    ['a path that climbs out', '../etc/passwd', 'FILE_OUTSIDE'],
    ['a path elsewhere', '/etc/passwd', 'FILE_OUTSIDE'],
    ['a link that leads out', 'link', 'FILE_OUTSIDE'],
    ['a path below a linked directory', 'dir/passwd', 'FILE_OUTSIDE'],
  ])('refuse to read %s', async (_, path, code) => {
    await run('ln -s /etc/passwd link; ln -s /etc dir; mkfifo pipe; echo fine > file; ln -s file inner');
    await expect(session.files.readFile(path)).rejects.toMatchObject({ code, evidence: { path } });
    expect(textOf(await session.files.readFile('inner'))).toBe('fine\n');
  });

  it.each([
    ['through a linked directory', 'dir/new', 'FILE_OUTSIDE'],
    ['over a link that leads out', 'link', 'FILE_OUTSIDE'],
    ['over a directory', 'folder', 'FILE_REFUSED'],
    ['outside', '/usr/new', 'FILE_OUTSIDE'],
    ['below a file', 'file/new', 'FILE_REFUSED'],
  ])('refuse to write %s', async (_, path, code) => {
    await run('ln -s /usr/bin dir; ln -s /etc/passwd link; mkdir folder; echo x > file');
    await expect(session.files.writeFile(path, 'x')).rejects.toMatchObject({ code });
  });

  it("are the host's own for no planted link", async () => {
    await run(`ln -s ${sandbox.dir} out`);
    await expect(session.files.writeFile('out/planted', 'x')).rejects.toMatchObject({ code: 'FILE_REFUSED' });
    expect(existsSync(join(sandbox.dir, 'planted'))).toBe(false);
  });
});

describe('searching the files of a session', () => {
  beforeEach(() =>
    run(
      'mkdir -p src/deep node_modules/x .git; echo "one two" > src/a.ts; printf "x\\nTwo\\ntwo" > src/deep/b.ts; echo two > node_modules/x/c.ts; echo two > .git/d.ts; printf "two\\0" > src/bin.ts; ln -s / src/root',
    ),
  );

  it('finds files by pattern, without dependencies and history unless they are named', async () => {
    expect(await session.files.glob({ pattern: '**/*.ts' })).toEqual({
      paths: ['src/a.ts', 'src/bin.ts', 'src/deep/b.ts'],
      truncated: false,
    });
    expect((await session.files.glob({ pattern: 'node_modules/**/*.ts' })).paths).toEqual([
      'node_modules/x/c.ts',
    ]);
    expect((await session.files.glob({ pattern: '*.ts', path: 'src/deep' })).paths).toEqual([
      'src/deep/b.ts',
    ]);
    expect(await session.files.glob({ pattern: '**/*.ts', limit: 1 })).toEqual({
      paths: ['src/a.ts'],
      truncated: true,
    });
  });

  it('finds lines, passing over binary files', async () => {
    const found = await session.files.grep({ pattern: 't.o$' });
    expect(found).toEqual({
      matches: [
        { path: 'src/a.ts', line: 1, text: 'one two' },
        { path: 'src/deep/b.ts', line: 3, text: 'two' },
      ],
      filesSearched: 2,
      truncated: false,
    });
    expect(
      (await session.files.grep({ pattern: 'two', ignoreCase: true, glob: 'b.ts' })).matches,
    ).toHaveLength(2);
    expect((await session.files.grep({ pattern: 'two', path: 'src/a.ts' })).matches).toHaveLength(1);
    expect(await session.files.grep({ pattern: 'two', limit: 1 })).toMatchObject({ truncated: true });
  });

  it('refuses an expression that is none', async () => {
    await expect(session.files.grep({ pattern: '(' })).rejects.toMatchObject({ code: 'PATTERN_INVALID' });
  });

  it('survives an expression made to explode', async () => {
    await session.files.writeFile('long.txt', `${'a'.repeat(20_000)}!`);
    expect((await session.files.grep({ pattern: '(a+)+$', path: 'long.txt' })).matches).toEqual([]);
  });
});
