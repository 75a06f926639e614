import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ToolResult } from '@missions/agent';
import { createRedactor } from '@missions/kernel';
import { findTool, stateDirectory } from '@missions/local';
import type { SandboxSession } from '@missions/workspace';
import { testSandbox, type TestSandbox } from '@missions/workspace/conformance';
import type { McpServer } from './mcp-server.ts';
import { withRunServers, type RunServers, type RunServersOptions } from './run-servers.ts';

const library = fileURLToPath(new URL('../../../../node_modules', import.meta.url));
const marker = '27182.8';

/** A real server on stdio; its library is mounted beside the workspace. */
const program = `
import { McpServer } from '/library/node_modules/@modelcontextprotocol/server/dist/index.mjs';
import { serveStdio } from '/library/node_modules/@modelcontextprotocol/server/dist/stdio.mjs';
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync, writeSync } from 'node:fs';
const text = (said) => ({ content: [{ type: 'text', text: said }] });
console.error('talk on standard error');
spawn('sleep', ['${marker}'], { detached: true, stdio: 'ignore' }).unref();
serveStdio(() => {
  const server = new McpServer({ name: 'lint', version: '1.0.0' });
  server.registerTool('look', {}, () => text(process.cwd() + ' ' + process.env.SECRET_OF_THE_HOST + ' ' + readFileSync('note.txt', 'utf8')));
  server.registerTool('die', {}, () => process.exit(1));
  server.registerTool('hang', {}, () => { for (;;); });
  server.registerTool('flood', {}, () => { for (;;) try { writeSync(1, '{"jsonrpc":"2.0","method":"notifications/x"}\\n'.repeat(1000)); } catch { /* the pipe is full */ } });
  server.registerTool('garble', {}, () => { process.stdout.write('not json\\n[1,2]\\n{"jsonrpc":"2.0","id":{}}\\n'); return text('clear'); });
  return server;
});
`;

let sandbox: TestSandbox;
let session: SandboxSession;
let close: () => Promise<void>;
let faults: string[];

beforeAll(async () => {
  sandbox = await testSandbox(await findTool('bwrap'), stateDirectory());
}, 180_000);
afterAll(() => sandbox.end());

beforeEach(async () => {
  faults = [];
  close = () => Promise.resolve();
  session = await sandbox.open({ readOnlyMounts: [{ host: library, inside: '/library/node_modules' }] });
  await session.files.writeFile('server.mjs', program);
  await session.files.writeFile('note.txt', 'seen');
});
afterEach(async () => {
  await close();
  await session.close();
});

function open(more: Partial<McpServer> = {}): Promise<RunServers> {
  const lint = {
    transport: 'stdio',
    command: ['node', 'server.mjs'],
    roles: ['worker'],
    tools: ['*'],
    effect: 'write',
    timeoutMs: 1_500,
    startMs: 20_000,
    required: false,
    ...more,
  } as McpServer;
  const options: RunServersOptions = {
    mcp: { servers: { lint }, variables: {} },
    run: { id: 'r', role: 'worker' },
    host: {
      redactor: createRedactor({ secrets: [] }),
      artifacts: {
        put: () => Promise.resolve({ digest: 'sha256:0' }),
        get: () => Promise.resolve(undefined),
      },
      log: { warn: ({ fault }) => faults.push(String(fault)) },
    },
    session,
    transcript: () => Promise.resolve([]),
    signal: new AbortController().signal,
  };
  return new Promise((resolve) => {
    const ended = withRunServers(options, async (servers) => {
      resolve(servers);
      await new Promise<void>((end) => {
        close = () => {
          end();
          return ended;
        };
      });
    });
  });
}

function call(offered: RunServers, name: string): Promise<ToolResult> {
  const tool = offered.toolsFor('worker').find((one) => one.name === `mcp__lint__${name}`);
  if (!tool) throw new Error(`There is no ${name}.`);
  const signal = new AbortController().signal;
  return tool.execute({}, { runId: 'r', turn: 1, callId: 'c', at: '', signal, progress: () => undefined });
}

/** Processes on this host whose command line mentions the marker; the host sees into every sandbox. */
function hostProcesses(): readonly string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(marker);
    } catch {
      return false;
    }
  });
}

/** How long this process was kept from its other work, at most; a service that renews leases must not be. */
function longestPause(): () => number {
  let longest = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  }, 5).unref();
  return () => {
    clearInterval(timer);
    return longest;
  };
}

describe('a server of tools on stdio', () => {
  it('works inside the run’s sandbox, without the service’s environment, and leaves no process', async () => {
    process.env['SECRET_OF_THE_HOST'] = 'known';
    const opened = await open();
    expect((await call(opened, 'look')).content).toBe('/workspace undefined seen');
    expect(hostProcesses()).not.toEqual([]);
    await close();
    expect(hostProcesses()).toEqual([]);
  });

  it('that dies in a call is reported, and started again for the next', async () => {
    const opened = await open();
    expect(await call(opened, 'die')).toMatchObject({
      isError: true,
      content: expect.stringContaining('Whether the call took effect is unknown') as string,
      captured: { kind: 'mcp', fault: 'ended' },
    });
    expect((await call(opened, 'look')).content).toContain('seen');
  });

  it('that hangs is killed, and one that ends again and again is left alone', async () => {
    const opened = await open();
    for (let n = 0; n < 4; n += 1)
      expect(await call(opened, 'hang')).toMatchObject({ captured: { fault: 'timeout' } });
    expect(await call(opened, 'look')).toMatchObject({ isError: true, captured: { fault: 'ended' } });
    expect(hostProcesses()).toEqual([]);
  }, 60_000);

  it('that floods is ended, and what is no message is passed over', async () => {
    const opened = await open({ timeoutMs: 30_000 });
    const pause = longestPause();
    expect((await call(opened, 'garble')).content).toBe('clear');
    expect(await call(opened, 'flood')).toMatchObject({ isError: true, captured: { fault: 'ended' } });
    // A process that reads all of it first stands still for far longer; on a busy machine a second passes by itself.
    expect(pause()).toBeLessThan(5_000);
    expect((await call(opened, 'look')).content).toContain('seen');
  }, 60_000);

  it.each<[string, string, readonly [string, ...string[]]]>([
    ['never says a word', 'timeout', ['sleep', marker]],
    ['is not there', 'ended', ['no-such-program']],
    ['is another program', 'timeout', ['sh', '-c', 'echo hello; exec cat >/dev/null']],
    ['writes without an end', 'ended', ['yes']],
  ])('that %s is left out, and its process is gone', async (_, kind, command) => {
    const opened = await open({ command, startMs: 1_000 });
    expect(faults).toEqual([kind]);
    expect(opened.toolsFor('worker')).toEqual([]);
    expect(hostProcesses()).toEqual([]);
  });
});
