import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { delay } from '@missions/kernel';
import { findTool, stateDirectory } from '@missions/local';
import { testSandbox, type TestSandbox } from '../conformance/test-sandbox.ts';
import type { CommandResult, SandboxSession, SessionOptions } from '../sandbox.ts';

const timeoutMs = 20_000;
let sandbox: TestSandbox;

beforeAll(async () => {
  sandbox = await testSandbox(await findTool('bwrap'), stateDirectory());
}, 180_000);
afterAll(() => sandbox.end());

/** Processes on this host whose command line mentions the marker; the host sees into every sandbox. */
function hostProcesses(marker: string): readonly string[] {
  return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && commandLine(pid).includes(marker));
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}

async function inSession<T>(
  options: Partial<SessionOptions>,
  use: (session: SandboxSession) => Promise<T>,
): Promise<T> {
  const session = await sandbox.open(options);
  try {
    return await use(session);
  } finally {
    await session.close();
  }
}

const runOnce = (command: string, options: Partial<SessionOptions> = {}): Promise<CommandResult> =>
  inSession(options, (session) => session.run({ command, timeoutMs }));

async function until(session: SandboxSession, command: string): Promise<void> {
  const waited = await session.run({ command: `until ${command}; do sleep 0.02; done`, timeoutMs });
  expect(waited.exitCode).toBe(0);
}

describe('the probe', () => {
  it('passes here, with a marker from each of its probes', async () => {
    const report = await sandbox.provider.probe(AbortSignal.timeout(timeoutMs));
    expect(report.probes.filter(({ ok }) => !ok)).toEqual([]);
    expect(report.probes.filter(({ marker }) => marker === undefined)).toEqual([]);
    expect(report.probes.length).toBeGreaterThanOrEqual(14);
    expect(report.ok).toBe(true);
  });
});

describe('a command in the sandbox', () => {
  it('tells its exit code, its streams and the way it died', async () => {
    const ended = await runOnce('echo out; echo err >&2; exit 7');
    expect(ended).toMatchObject({
      exitCode: 7,
      killedBy: undefined,
      stdout: 'out\n',
      stderr: 'err\n',
      outputBytes: 8,
    });
    expect((await runOnce('kill -9 $$')).exitCode).toBe(137);
    expect((await runOnce('no-such-program')).exitCode).toBe(127);
  });

  it('may open its own standard streams again', async () => {
    await inSession({}, async (session) => {
      const command = 'echo o > /dev/stdout; echo e > /dev/stderr; cat < /dev/stdin';
      const result = await session.run({ command, stdin: 'given', timeoutMs });
      expect(result).toMatchObject({ exitCode: 0, stdout: 'o\ngiven', stderr: 'e\n' });
    });
  });

  it('keeps files, /tmp and the network from one command to the next', async () => {
    await inSession({}, async (session) => {
      await session.run({ command: 'echo a > /tmp/a; echo b > b; mkdir sub', timeoutMs });
      expect((await session.run({ command: 'cat /tmp/a ../b', cwd: 'sub', timeoutMs })).stdout).toBe(
        'a\nb\n',
      );
    });
  });

  it('gets exactly the environment it was given', async () => {
    await inSession({ env: { GIVEN: 'to all' } }, async (session) => {
      const env = { ALSO: 'to this\none' };
      const { stdout } = await session.run({ command: ['/usr/bin/env', '-0'], env, timeoutMs });
      const names = stdout
        .split('\0')
        .filter(Boolean)
        .map((pair) => pair.split('=')[0]);
      expect(stdout).toContain('ALSO=to this\none\0');
      expect(stdout).toContain('GIVEN=to all\0');
      const known = [
        'ALSO',
        'GIVEN',
        'HOME',
        'LANG',
        'LOGNAME',
        'OLDPWD',
        'PATH',
        'PWD',
        'SHELL',
        'SHLVL',
        'TERM',
        'TMPDIR',
        'USER',
      ];
      expect(names.filter((name) => !known.includes(name ?? ''))).toEqual([]);
    });
  });

  it('cannot smuggle arguments to the sandbox through a NUL in a value', async () => {
    await inSession({}, async (session) => {
      const env = { SLY: 'x\0--bind\0/\0/workspace' };
      await expect(session.run({ command: 'true', env, timeoutMs })).rejects.toMatchObject({
        code: 'SANDBOX_REQUEST',
      });
    });
  });

  it('is refused when it is longer than the system takes', async () => {
    await inSession({}, async (session) => {
      const command = `: ${'x'.repeat(200_000)}`;
      await expect(session.run({ command, timeoutMs })).rejects.toMatchObject({ code: 'SANDBOX_REQUEST' });
      expect((await session.run({ command: 'echo next', timeoutMs })).stdout).toBe('next\n');
    });
  });

  it('that the sandbox failed to start is a fault, never an exit code', async () => {
    await inSession({ limits: { processes: 1 } }, async (session) => {
      await expect(session.run({ command: 'true', timeoutMs })).rejects.toMatchObject({
        code: 'SANDBOX_FAULT',
      });
    });
  });
});

describe('limits', () => {
  it('end a command that never ends, with all it started', async () => {
    await inSession({}, async (session) => {
      const command = 'trap "" TERM INT HUP; (setsid sleep 31415.1 & ) ; echo started; sleep 31415.1';
      const result = await session.run({ command, timeoutMs: 500 });
      expect(result).toMatchObject({
        exitCode: undefined,
        timedOut: true,
        killedBy: 'timeout',
        stdout: 'started\n',
      });
      expect(hostProcesses('31415.1')).toEqual([]);
    });
  });

  it('end a command when it is aborted', async () => {
    await inSession({}, async (session) => {
      const abort = new AbortController();
      const onOutput = (): void => abort.abort();
      const result = await session.run({
        command: 'echo go; sleep 31415.2',
        timeoutMs,
        signal: abort.signal,
        onOutput,
      });
      expect(result).toMatchObject({ exitCode: undefined, killedBy: 'abort' });
      expect(hostProcesses('31415.2')).toEqual([]);
    });
  });

  it('stop a fork bomb inside its session, and leave the next session whole', async () => {
    const bomb = await inSession({ limits: { processes: 80 } }, (session) =>
      session.run({ command: 'bomb() { bomb | bomb & }; bomb; sleep 31415.3', timeoutMs: 2_000 }),
    );
    expect(bomb.killedBy ?? bomb.exitCode).not.toBe(0);
    expect(hostProcesses('31415.3')).toEqual([]);
    expect((await runOnce('echo whole')).stdout).toBe('whole\n');
  });

  it('count the processes of a whole session', async () => {
    const command =
      'for i in $(seq 60); do sleep 5 & done 2>/tmp/refused; jobs -p | wc -l; wc -l < /tmp/refused; kill $(jobs -p)';
    const few = await runOnce(command, { limits: { processes: 30 } });
    const many = await runOnce(command, { limits: { processes: 200 } });
    expect(many.stdout.split('\n')[0]?.trim()).toBe('60');
    expect(few.stdout.split('\n')[0]?.trim()).not.toBe('60');
  });

  it('kill a command that floods its output, and keep head and tail', async () => {
    const limits = { outputBytes: 16_384 };
    const flood = await runOnce('echo head; head -c 1G /dev/zero | tr "\\0" x', { limits });
    expect(flood.killedBy).toBe('output');
    expect(flood.stdout.length).toBeLessThan(17_000);
    expect(flood.stdout).toMatch(/^head\n/);
    const long = await runOnce('seq 20000', { limits });
    expect(long).toMatchObject({ exitCode: 0, truncated: true, outputBytes: 108_894 });
    expect(long.stdout).toMatch(/bytes omitted….*\n20000\n$/s);
  });

  it('bound the size of a file, of /tmp and of /dev/shm', async () => {
    const limits = { fileSizeBytes: 1_000_000, tmpBytes: 3_000_000 };
    const result = await runOnce(
      `head -c 900000 /dev/zero > fits && echo fits; head -c 2000000 /dev/zero > large || echo refused;
       for i in 1 2 3 4 5; do head -c 900000 /dev/zero > /tmp/$i || { echo tmp full; break; }; done 2>/dev/null
       for i in 1 2 3 4 5; do head -c 900000 /dev/zero > /dev/shm/$i || { echo shm full; break; }; done 2>/dev/null`,
      { limits },
    );
    expect(result.stdout.split('\n')).toEqual(['fits', 'refused', 'tmp full', 'shm full', '']);
  });

  it('bound the processor time of a process', async () => {
    const busy = await runOnce('while :; do :; done', { limits: { cpuSec: 1 } });
    expect(busy.exitCode).toBeGreaterThan(128);
  });
});

describe('hostile code', () => {
  it('writes to nothing but its workspace and temporary files', async () => {
    const script = `for f in /etc/passwd /etc/new /usr/bin/new /new /opt/toolchain/bin/node /run/missions/bwrap /proc/sys/kernel/core_pattern /sys/new /dev/new; do
      { echo x > "$f"; } 2>/dev/null && echo "wrote $f"; done; for f in mine /tmp/mine /dev/shm/mine; do echo x > $f && echo "wrote $f"; done`;
    expect((await runOnce(script)).stdout).toBe('wrote mine\nwrote /tmp/mine\nwrote /dev/shm/mine\n');
  });

  it('never writes the .git of its workspace', async () => {
    const workspace = await sandbox.workspace();
    await mkdir(join(workspace, '.git'));
    await writeFile(join(workspace, '.git', 'config'), 'original');
    await sandbox.workspace(workspace.split('/').at(-1));
    const result = await runOnce(
      'cat .git/config; echo x > .git/config; rm -rf .git; mv .git away; echo x > .git/hook; ls -A',
      { workspace },
    );
    expect(result.stdout).toBe('original.git\n');
    expect(readFileSync(join(workspace, '.git', 'config'), 'utf8')).toBe('original');
  });

  it('reads no file of the host', async () => {
    const secret = join(sandbox.dir, 'secret');
    writeFileSync(secret, 'secret', { mode: 0o644 });
    const result = await runOnce(
      `cat ${secret} /root/.bashrc /etc/shadow /proc/1/root${secret} 2>&1; ls /root /home /var; cat /etc/hostname`,
    );
    expect(result.stdout).not.toContain('secret\n');
    expect(result.stdout.match(/No such file/g)?.length).toBe(4);
    expect(result.stdout).toMatch(/sandbox\n$/);
  });

  it('reaches no server of the host, while one inside answers', async () => {
    const server = createServer((socket) => socket.end('host'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const port = String((server.address() as AddressInfo).port);
    const tries = `(exec 3<>/dev/tcp/127.0.0.1/${port}) 2>&1 && echo reached; (exec 3<>/dev/tcp/192.0.2.1/80) 2>&1 && echo left`;
    try {
      const { stdout } = await runOnce(tries);
      expect(stdout).toContain('Connection refused');
      expect(stdout).toContain('unreachable');
      expect(stdout).not.toMatch(/^(reached|left)$/m);
    } finally {
      server.close();
    }
  });

  it('sees and kills no process but its own', async () => {
    await inSession({}, async (session) => {
      const other = await session.start({ command: 'sleep 31415.4' });
      const { stdout } = await session.run({
        command: 'ls /proc | grep -c "^[0-9]"; kill -9 -1; kill -9 1; echo alive',
        timeoutMs,
      });
      expect(Number(stdout.split('\n')[0])).toBeLessThan(8);
      expect(other.alive()).toBe(true);
      expect(hostProcesses('31415.4').length).toBeGreaterThan(0);
    });
  });

  it('that kills everything it can ends only itself', async () => {
    await inSession({}, async (session) => {
      await session.run({ command: 'kill -9 -1; kill -9 $PPID; kill -9 1', timeoutMs });
      expect((await session.run({ command: 'echo next', timeoutMs })).stdout).toBe('next\n');
    });
  });

  it('cannot turn its failure into success from a child', async () => {
    const command = `(sleep 0.1; echo '{ "exit-code": 0 }' >&4; for fd in 3 4 5 6 7; do echo '"exit-code": 0' >&$fd; done; echo x > /proc/1/fd/5) 2>/dev/null & sleep 0.3; exit 3`;
    expect((await runOnce(command)).exitCode).toBe(3);
  });

  it('gets no descriptor, capability or new namespace', async () => {
    const { stdout } = await runOnce(
      'ls /proc/self/fd | tr "\\n" " "; grep CapEff /proc/self/status; unshare -Ur id; unshare -n id; true',
    );
    expect(stdout).toMatch(/^0 1 2 3 CapEff:\s+0+\n$/);
  });
});

describe('background processes', () => {
  it('serve the next command and the prober, which shares only their network', async () => {
    await inSession({}, async (session) => {
      await session.files.writeFile(
        'server.mjs',
        `import { createServer } from 'node:http';
        createServer((q, r) => { r.setHeader('x-two', ['a', 'b']); r.writeHead(q.url === '/x' ? 201 : 404).end(q.method + q.url); }).listen(8080, () => console.log('up'));`,
      );
      const service = await session.start({
        command: 'node server.mjs',
        logPath: join(sandbox.dir, 'service.log'),
      });
      await until(session, 'curl -s -o /dev/null http://127.0.0.1:8080/');
      const answer = await session.http({
        method: 'post',
        url: 'http://127.0.0.1:8080/x',
        body: 'b',
        timeoutMs,
      });
      expect(answer).toMatchObject({ status: 201, headers: { 'x-two': 'a, b' }, truncated: false });
      expect(Buffer.from(answer.body).toString()).toBe('POST/x');
      expect(service.output()).toBe('up\n');
      await service.stop();
      expect(service.alive()).toBe(false);
      expect(readFileSync(join(sandbox.dir, 'service.log'), 'utf8')).toBe('up\n');
      await expect(
        session.http({ method: 'GET', url: 'http://127.0.0.1:8080/x', timeoutMs }),
      ).rejects.toMatchObject({
        code: 'HTTP_NO_ANSWER',
        evidence: { reason: 'ECONNREFUSED' },
      });
    });
  });

  it('end with the session, orphans and all', async () => {
    const session = await sandbox.open();
    const service = await session.start({ command: '(setsid setsid sleep 31415.5 &); sleep 31415.5' });
    await session.run({ command: '(setsid sleep 31415.6 >/dev/null 2>&1 &)', timeoutMs });
    const unfinished = session.run({ command: 'echo; sleep 31415.5', timeoutMs });
    await session.files.listFiles('.');
    expect(hostProcesses('31415.5').length).toBeGreaterThan(0);
    await session.close();
    expect(hostProcesses('31415.')).toEqual([]);
    expect(await unfinished).toMatchObject({ exitCode: undefined, killedBy: 'session_closed' });
    expect((await service.ended).killedBy).toBe('session_closed');
    await expect(session.run({ command: 'true', timeoutMs })).rejects.toMatchObject({
      code: 'SANDBOX_CLOSED',
    });
    await session.close();
  });

  it('end when the session is aborted', async () => {
    const abort = new AbortController();
    const session = await sandbox.open({ signal: abort.signal });
    const service = await session.start({ command: 'sleep 31415.7' });
    abort.abort();
    expect((await service.ended).killedBy).toBe('session_closed');
    await session.close();
    expect(hostProcesses('31415.7')).toEqual([]);
  });
});

describe('a service that is killed', () => {
  it('takes every process of its sessions with it, and its successor clears what it left', async () => {
    const program = `import { BubblewrapProvider, prepareToolchain } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)};
      const [stateDir, bwrap, workspace, tools] = process.argv.slice(1);
      const provider = new BubblewrapProvider({ stateDir, bwrap, toolchain: await prepareToolchain(tools) });
      const session = await provider.openSession({ id: 'killed', workspace });
      const service = await session.start({ command: '(setsid sleep 31415.8 &); echo up; sleep 31415.8', onOutput: () => console.log('up') });
      await service.ended;`;
    const flags = [
      '--experimental-transform-types',
      '--disable-warning=ExperimentalWarning',
      '--conditions=@missions/source',
    ];
    const args = [sandbox.dir, await findTool('bwrap'), await sandbox.workspace(), stateDirectory()];
    const killed = spawn(process.execPath, [...flags, '--input-type=module', '-e', program, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(killed.stdout, 'data');
    const session = await sandbox.open();
    const seen = hostProcesses('31415.8');
    expect(seen.length).toBeGreaterThan(1);
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    await allGone(seen);
    expect(await sandbox.provider.probe(AbortSignal.timeout(timeoutMs))).toMatchObject({ ok: true });
    const left = readdirSync(join(sandbox.dir, 'sandbox')).filter((name) => name.startsWith('session-'));
    expect(left.filter((name) => name.includes('killed'))).toEqual([]);
    expect(left.filter((name) => name.includes('session-test')).length).toBeGreaterThan(0);
    await session.close();
  });
});

/** Polls the process table, which nothing announces changes of; at most 5 s. */
async function allGone(pids: readonly string[]): Promise<void> {
  const limit = AbortSignal.timeout(5_000);
  while (pids.some((pid) => existsSync(`/proc/${pid}/exe`))) await delay(10, limit);
}

describe('a request that would open a hole', () => {
  it.each([
    ['an id with a path in it', { id: '../x' }],
    ['a mount below the workspace', { readOnlyMounts: [{ host: '/tmp', inside: '/workspace/x' }] }],
    ['a mount over the system', { writableMounts: [{ host: '/tmp', inside: '/etc' }] }],
    ['a mount with dots', { readOnlyMounts: [{ host: '/tmp', inside: '/contract/../etc' }] }],
  ])('is refused: %s', async (_, options) => {
    await expect(sandbox.open(options)).rejects.toMatchObject({ code: 'SANDBOX_REQUEST' });
  });

  it('is refused: a workspace of another owner, or whose .git is a link', async () => {
    const linked = await sandbox.workspace();
    symlinkSync('/tmp', join(linked, '.git'));
    await expect(sandbox.open({ workspace: linked })).rejects.toMatchObject({ code: 'SANDBOX_WORKSPACE' });
    await expect(sandbox.open({ workspace: '/usr' })).rejects.toMatchObject({ code: 'SANDBOX_WORKSPACE' });
    await expect(sandbox.open({ workspace: join(sandbox.dir, 'nowhere') })).rejects.toMatchObject({
      code: 'SANDBOX_WORKSPACE',
    });
  });

  it('gets a read-only mount that stays read-only', async () => {
    const contract = join(sandbox.dir, 'contract');
    await mkdir(contract);
    await writeFile(join(contract, 'proof.txt'), 'proof');
    const readOnlyMounts = [{ host: contract, inside: '/contract' }];
    const result = await runOnce(
      'cat /contract/proof.txt; echo x > /contract/proof.txt; echo x > /contract/new',
      { readOnlyMounts },
    );
    expect(result.stdout).toBe('proof');
    expect(existsSync(join(contract, 'new'))).toBe(false);
  });
});
