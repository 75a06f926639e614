import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FailRun, type AnyTool, type ToolContext, type ToolResult } from '@missions/agent';
import { createRedactor } from '@missions/kernel';
import { findTool, stateDirectory } from '@missions/local';
import type { SandboxSession } from '@missions/workspace';
import { testSandbox, type TestSandbox } from '@missions/workspace/conformance';
import { openEgressProxy } from '@missions/workspace/sandbox';
import { sessionFileView } from './files/session-file-view.ts';
import { toolsFor, type ToolParts } from './tools-for.ts';

let sandbox: TestSandbox;
let session: SandboxSession;
let workspace: string;
let kept: string[];
let shown: string[];
let parts: ToolParts;

beforeAll(async () => {
  sandbox = await testSandbox(await findTool('bwrap'), stateDirectory());
}, 180_000);
afterAll(() => sandbox.end());

beforeEach(async () => {
  workspace = await sandbox.workspace();
  session = await sandbox.open({ workspace });
  kept = [];
  shown = [];
  parts = {
    files: sessionFileView(session),
    session,
    redactor: createRedactor({ secrets: [{ name: 'key', value: 'hunter2-is-the-secret' }] }),
    publish: () => Promise.resolve(),
    conclude: { hand_off: () => Promise.resolve(''), report_validation: () => Promise.resolve('') },
  };
});
afterEach(() => session.close());

const evidence = {
  put: (bytes: Uint8Array) => {
    kept.push(Buffer.from(bytes).toString('utf8'));
    return Promise.resolve({ digest: `sha256:${'a'.repeat(64)}` });
  },
};

function context(signal = AbortSignal.timeout(60_000)): ToolContext {
  return {
    runId: 'm-test-r1',
    turn: 1,
    callId: 'call-7',
    at: '2026-02-03T04:05:06.000Z',
    signal,
    progress: (line) => shown.push(line),
  };
}

function toolNamed(name: string): AnyTool {
  const builder = toolsFor({ role: 'worker', task: 'build' }, parts);
  const tester = toolsFor({ role: 'user_testing', task: 'validate' }, { ...parts, evidence });
  const found = (name === 'http' || name === 'pty' ? tester : builder).find((tool) => tool.name === name);
  if (!found) throw new Error(`There is no ${name}.`);
  return found;
}

/** As the loop does it: the input is checked by the tool's own schema first. */
function call(name: string, input: unknown): Promise<ToolResult> {
  const tool = toolNamed(name);
  return tool.execute(tool.input.parse(input), context());
}

const write = (path: string, content: string): Promise<void> => session.files.writeFile(path, content);

describe('read', () => {
  it('shows lines by number, and a part of them', async () => {
    await write('a.txt', 'one\ntwo\r\nthree\n');
    expect((await call('read', { file_path: 'a.txt' })).content).toBe('1\tone\n2\ttwo\n3\tthree');
    expect((await call('read', { file_path: 'a.txt', offset: 2, limit: 1 })).content).toBe(
      '2\ttwo\n(1 more lines; go on with offset 3)',
    );
    expect((await call('read', { file_path: 'a.txt', offset: 9 })).content).toContain('there is no line 9');
  });

  it('bounds huge files and huge lines', async () => {
    await write('long.txt', `${'x'.repeat(500_000)}\nsecond\n`);
    const { content } = await call('read', { file_path: 'long.txt' });
    expect(content.length).toBeLessThan(3_000);
    expect(content).toContain('… (500000 characters)\n2\tsecond');
    await write('many.txt', 'some words of a line\n'.repeat(200_000));
    const many = (await call('read', { file_path: 'many.txt' })).content;
    expect(many.length).toBeLessThan(31_000);
    expect(many).toMatch(/more lines; go on with offset \d+\)$/);
  });

  it('does not show binary files, folders or what is not there', async () => {
    await session.files.writeFile('b.bin', Buffer.from([0, 1, 2]));
    expect((await call('read', { file_path: 'b.bin' })).content).toBe('b.bin is a binary file of 3 bytes.');
    await write('empty', '');
    expect((await call('read', { file_path: 'empty' })).content).toBe('(the file is empty)');
    await expect(call('read', { file_path: 'nothing' })).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
    await expect(call('read', { file_path: '.' })).rejects.toMatchObject({ code: 'FILE_REFUSED' });
  });

  it('does not follow a planted link to the host', async () => {
    writeFileSync(join(sandbox.dir, 'host-secret'), 'of the host');
    symlinkSync(join(sandbox.dir, 'host-secret'), join(workspace, 'link'));
    symlinkSync('/etc', join(workspace, 'etc'));
    for (const file_path of ['link', 'etc/passwd', '/etc/passwd', '../../etc/passwd'])
      await expect(call('read', { file_path })).rejects.toMatchObject({
        code: expect.stringMatching(/^FILE_(OUTSIDE|NOT_FOUND)$/) as string,
      });
  });

  it.each([
    [{}],
    [{ file_path: '' }],
    [{ file_path: 'a', offset: 0 }],
    [{ file_path: 'a', limit: 1.5 }],
    [{ file_path: 'a', path: 'b' }],
    [{ file_path: 7 }],
    ['a.txt'],
  ])('does not take %j', (input) => {
    expect(toolNamed('read').input.safeParse(input).success).toBe(false);
  });
});

describe('glob and grep', () => {
  beforeEach(async () => {
    await write('src/a.ts', 'alpha\nbeta\n');
    await write('src/b.ts', 'alpha\nalpha\n');
  });

  it('find files and lines', async () => {
    expect((await call('glob', { pattern: '**/*.ts' })).content).toBe('src/a.ts\nsrc/b.ts');
    expect((await call('glob', { pattern: '*.md' })).content).toBe('No file matches.');
    expect((await call('grep', { pattern: '^al', glob: 'b.*' })).content).toBe(
      'src/b.ts:1: alpha\nsrc/b.ts:2: alpha',
    );
    expect((await call('grep', { pattern: 'a$', output: 'count' })).content).toBe('src/a.ts: 2\nsrc/b.ts: 2');
    expect((await call('grep', { pattern: 'beta', output: 'files' })).content).toBe('src/a.ts');
    expect((await call('grep', { pattern: 'gamma' })).content).toBe('No line matches in 2 files.');
  });

  it('bound what they find', async () => {
    await write('many.txt', 'match me\n'.repeat(100_000));
    const { content } = await call('grep', { pattern: 'match' });
    expect(content.length).toBeLessThan(31_000);
    expect(content).toContain('there are more');
  });

  it('answer an expression made to explode', async () => {
    await write('bomb.txt', `${'a'.repeat(20_000)}!\n`);
    expect((await call('grep', { pattern: '(a+)+$', path: 'bomb.txt' })).content).toContain(
      'No line matches',
    );
    await expect(call('grep', { pattern: '(' })).rejects.toMatchObject({ code: 'PATTERN_INVALID' });
  });
});

describe('write and edit', () => {
  it('write whole files and change a part of one', async () => {
    expect(await call('write', { file_path: 'new/a.txt', content: 'one\ntwo\n' })).toEqual({
      content: 'Wrote 8 bytes to new/a.txt.',
      captured: { path: 'new/a.txt', bytes: 8 },
    });
    const edited = await call('edit', { file_path: 'new/a.txt', old_string: 'two', new_string: 'three' });
    expect(edited.content).toBe('Replaced 1 occurrence in new/a.txt, the first in line 2.');
    expect((await call('read', { file_path: 'new/a.txt' })).content).toBe('1\tone\n2\tthree');
  });

  it('leave the file alone when the place is not clear', async () => {
    await write('a.txt', 'x\nx\n');
    const ambiguous = await call('edit', { file_path: 'a.txt', old_string: 'x', new_string: 'y' });
    expect(ambiguous).toMatchObject({ isError: true });
    expect(ambiguous.content).toContain('occurs 2 times (lines 1, 2)');
    expect((await call('edit', { file_path: 'a.txt', old_string: 'q', new_string: 'y' })).isError).toBe(true);
    expect((await call('read', { file_path: 'a.txt' })).content).toBe('1\tx\n2\tx');
    await session.files.writeFile('b.bin', Buffer.from([0xff, 0xfe, 0x41]));
    const binary = await call('edit', { file_path: 'b.bin', old_string: 'A', new_string: 'B' });
    expect(binary.content).toContain('binary');
  });

  it('do not write outside the workspace', async () => {
    symlinkSync('/usr', join(workspace, 'usr'));
    for (const file_path of ['/usr/x', 'usr/x', '../x', '/opt/x'])
      await expect(call('write', { file_path, content: 'x' })).rejects.toMatchObject({
        code: 'FILE_OUTSIDE',
      });
  });

  it('may be repeated after a crash where that does no harm', () => {
    expect(toolNamed('write').repeatable).toBe(true);
    expect(toolNamed('edit').repeatable).toBeUndefined();
    expect(toolNamed('bash').repeatable).toBeUndefined();
  });
});

describe('bash', () => {
  it('tells what was measured', async () => {
    const result = await call('bash', { command: 'echo out; echo err >&2; exit 3' });
    expect(result.content).toMatch(/^exit code 3, \d+ ms\n(out\nerr|err\nout)\n$/);
    expect(result.captured).toMatchObject({
      kind: 'command',
      command: 'echo out; echo err >&2; exit 3',
      exitCode: 3,
      outputBytes: 8,
    });
    expect(result.isError).toBeUndefined();
  });

  it('records what was asked of the way out, beside what the command did', async () => {
    const way = { socketPath: join(sandbox.dir, 'egress.sock'), uid: sandbox.user.uid, allow: [] };
    const proxy = await openEgressProxy({ ...way, onRequest: () => undefined });
    session = await sandbox.open({ workspace, egress: proxy });
    parts = { ...parts, session };
    const result = await call('bash', { command: 'curl -s http://elsewhere.test/ http://elsewhere.test/' });
    const refused = { host: 'elsewhere.test', port: 80, allowed: false, reason: 'not_listed', count: 2 };
    expect(result.captured).toMatchObject({ egress: [refused] });
    expect((await call('bash', { command: 'true' })).captured).not.toHaveProperty('egress');
    await proxy.close();
  });

  it('is killed when its time is over', async () => {
    const result = await call('bash', { command: 'echo begun; sleep 300', timeout_ms: 500 });
    expect(result.content).toMatch(/^killed after 500 ms; set timeout_ms/);
    expect(result.content).toContain('begun');
    expect(result.captured).toMatchObject({ killedBy: 'timeout' });
    expect(result.captured).not.toHaveProperty('exitCode');
  });

  it('bounds a huge output, head and tail', async () => {
    const { content } = await call('bash', { command: 'echo first; seq 1 300000; echo last' });
    expect(content.length).toBeLessThan(31_000);
    expect(content).toContain('first\n1\n2\n');
    expect(content).toMatch(/characters omitted…/);
    expect(content.endsWith('300000\nlast\n')).toBe(true);
  });

  it('redacts what comes out, also as evidence', async () => {
    const tester = toolsFor({ role: 'scrutiny', task: 'validate' }, { ...parts, evidence });
    const bash = tester.find(({ name }) => name === 'bash');
    const result = await bash?.execute({ command: 'echo hunter2-is-"the-secret"' }, context());
    expect(result?.content).toContain('[redacted:key]');
    expect(result?.content).toContain('(captured as evidence; cite it as call-7)');
    expect(result?.captured).toMatchObject({ artifact: `sha256:${'a'.repeat(64)}` });
    expect(kept).toHaveLength(1);
    expect(kept[0]).toContain('\n[redacted:key]\n');
  });

  it('shows what is going on', async () => {
    await call('bash', { command: 'echo compiling' });
    expect(shown).toEqual(['compiling']);
  });

  it('stops at once when the run is stopped', async () => {
    const abort = new AbortController();
    const bash = toolNamed('bash');
    const running = bash.execute(
      { command: 'echo on; sleep 300' },
      { ...context(abort.signal), progress: () => abort.abort(new Error('stop')) },
    );
    await expect(running).rejects.toThrow('stop');
  });

  it('leaves a server running in the background, whose output can be read', async () => {
    await write(
      'server.mjs',
      'import { createServer } from "node:http"; createServer((_, r) => r.end("hello")).listen(4455, "127.0.0.1", () => console.log("up"));',
    );
    const started = await call('bash', { command: 'node server.mjs', background: true });
    expect(started.content).toContain('its output goes to /tmp/background-1.log'.replace('its', 'Its'));
    const answered = await call('bash', {
      command:
        'for i in $(seq 100); do grep -q up /tmp/background-1.log && break; sleep 0.1; done; cat /tmp/background-1.log',
    });
    expect(answered.content).toContain('\nup\n');
    const response = await call('http', { method: 'GET', url: 'http://127.0.0.1:4455/x' });
    expect(response.content).toMatch(
      /^200 \(\d+ ms\)\n[^]*\n\nhello\n\(captured as evidence; cite it as call-7\)$/,
    );
    expect(response.captured).toMatchObject({
      kind: 'http',
      command: 'GET http://127.0.0.1:4455/x',
      artifact: `sha256:${'a'.repeat(64)}`,
      status: 200,
    });
    expect(JSON.parse(kept[0] ?? '')).toMatchObject({
      request: { method: 'GET' },
      response: { status: 200, body: 'hello' },
    });
  });

  it('tells at once of a background process that failed', async () => {
    const result = await call('bash', { command: 'echo no such port; exit 9', background: true });
    expect(result.content).toBe('It ended at once with exit code 9.\nno such port\n');
    expect(result.captured).toMatchObject({ kind: 'background', exitCode: 9 });
  });

  it('fails the run when its sandbox is gone', async () => {
    await session.close();
    await expect(call('bash', { command: 'true' })).rejects.toBeInstanceOf(FailRun);
    await expect(call('read', { file_path: 'a' })).rejects.toBeInstanceOf(FailRun);
  });

  it.each([[{}], [{ command: '' }], [{ command: 'x', timeout_ms: 0 }], [{ command: ['x'] }], [{ cmd: 'x' }]])(
    'does not take %j',
    (input) => {
      expect(toolNamed('bash').input.safeParse(input).success).toBe(false);
    },
  );
});

describe('http', () => {
  it('takes silence as an observation', async () => {
    const result = await call('http', { method: 'GET', url: 'http://127.0.0.1:1/' });
    expect(result.content).toMatch(/was not answered: ECONNREFUSED\.\n\(captured as evidence/);
    expect(JSON.parse(kept[0] ?? '')).toHaveProperty('noAnswer');
  });

  it.each([
    [{ method: 'GET', url: 'file:///etc/passwd' }],
    [{ method: 'TRACE', url: 'http://127.0.0.1/' }],
    [{ url: 'http://127.0.0.1/' }],
  ])('does not take %j', (input) => {
    expect(toolNamed('http').input.safeParse(input).success).toBe(false);
  });
});

describe('pty', () => {
  it('is one terminal that stays between calls, and shows its screen', async () => {
    const ask =
      'read -p "Name? " name; printf "\\033[2J\\033[HHello %s\\n" "$name"; read -p "More? " more; exit 4';
    const started = await inTurn({ start: ask, expect: 'Name?' });
    expect(started.content).toBe('The program is running.\nName?\n(captured as evidence; cite it as call-7)');
    const greeted = await inTurn({ send: 'Ada\n', expect: 'More?' });
    expect(greeted.content).toMatch(/^The program is running\.\nHello Ada\nMore\?\n/);
    expect((await inTurn({})).content).toContain('Hello Ada');
    const ended = await inTurn({ press: 'enter' });
    expect(ended.content).toContain('The program ended with exit code 4.');
    expect(ended.captured).toMatchObject({ kind: 'screen', command: '{"press":"enter"}', exitCode: 4 });
    expect((await inTurn({ send: 'x' })).content).toContain('Nothing was typed: the program had ended.');
    expect(kept[1]).toMatch(/^\{"send":"Ada\\n","expect":"More\?"\}\nThe program is running\.\nHello Ada\n/);
  });

  it('says what the screen does not show once the program has ended, and nothing that is secret', async () => {
    const result = await inTurn({ start: 'echo hunter2-is-the-secret', expect: 'never' });
    expect(result.content).toMatch(
      /^The screen does not show "never"\. The program ended with exit code 0\.\n\[redacted:key\]\n/,
    );
    expect(kept.join()).not.toContain('hunter2');
    expect(JSON.stringify(result.captured)).not.toContain('hunter2');
  });

  it('refuses to type where no program was started', async () => {
    await expect(inTurn({ send: 'x' })).rejects.toMatchObject({ code: 'TERMINAL_EMPTY' });
  });

  let tool: AnyTool;
  beforeEach(() => {
    tool = toolNamed('pty');
  });

  function inTurn(input: unknown): Promise<ToolResult> {
    return tool.execute(tool.input.parse(input), context());
  }
});
