import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Bus } from '@missions/bus';
import { connectBus } from '@missions/bus/nats';
import { claimReplySchema, resourceSubjects } from '@missions/leasing';
import {
  settle,
  temporaryDirectory,
  testDatabase,
  testNats,
  type TemporaryDirectory,
  type TestDatabase,
  type TestNats,
} from '@missions/testing';

const repository = fileURLToPath(new URL('../../..', import.meta.url));
const main = join(repository, 'services/resource-lock/dist/main.js');

interface LogLine {
  readonly msg: string;
  readonly port?: number;
  readonly reason?: string;
  readonly err?: { readonly message: string };
}

/** The service as a process of its own, and what it said. */
interface ServiceProcess {
  readonly child: ChildProcess;
  readonly lines: LogLine[];
  readonly complaints: () => string;
  readonly exit: Promise<{ readonly code: number | null; readonly signal: string | null }>;
}

let database: TestDatabase;
let nats: TestNats;
let state: TemporaryDirectory;
const running: ServiceProcess[] = [];

beforeAll(async () => {
  await promisify(execFile)(process.execPath, [join(repository, 'tools/compile.mjs')]);
  [database, nats] = await Promise.all([testDatabase(), testNats()]);
  state = temporaryDirectory();
}, 60_000);

afterEach(async () => {
  for (const { child, exit } of running.splice(0)) {
    child.kill('SIGKILL');
    await exit;
  }
});

afterAll(async () => {
  await Promise.all([database.drop(), nats.stop()]);
  state.remove();
});

function start(more: Readonly<Record<string, string>> = {}): ServiceProcess {
  const env = {
    MISSIONS_DATABASE_URL: database.urlFor('missions_resource_lock'),
    MISSIONS_NATS_URL: nats.url,
    MISSIONS_STATE: state.path,
    MISSIONS_PARENT_PIPE: '3',
    MISSIONS_LIMITS_STARTUP_MS: '15000',
    HOME: state.path,
    ...more,
  };
  const child = spawn(process.execPath, [main], {
    env,
    cwd: state.path,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const lines: LogLine[] = [];
  let complaints = '';
  if (child.stdout)
    createInterface(child.stdout).on('line', (line) => lines.push(JSON.parse(line) as LogLine));
  child.stderr?.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
  const exit = once(child, 'close').then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as string | null,
  }));
  const started = { child, lines, exit, complaints: () => complaints };
  running.push(started);
  return started;
}

const ready = (service: ServiceProcess): Promise<LogLine> =>
  settle(() => service.lines.find(({ msg }) => msg === 'Ready'), { limitMs: 20_000 });

async function withBus<R>(work: (bus: Bus) => Promise<R>): Promise<R> {
  const bus = await connectBus({ servers: [nats.url], name: 'client' });
  try {
    return await work(bus);
  } finally {
    await bus.close();
  }
}

const request = { claimId: 'a', owner: { missionId: 'm' }, resources: ['repo:/r'], ttlMs: 20_000 };

describe('the process of a service', () => {
  it('names its port when it is ready, and ends with 0 when asked to stop', async () => {
    const service = start();
    const { port } = await ready(service);
    expect((await fetch(`http://127.0.0.1:${port ?? 0}/health/ready`)).status).toBe(200);
    service.child.kill('SIGTERM');
    expect(await service.exit).toEqual({ code: 0, signal: null });
    expect(service.lines.map(({ msg }) => msg)).toEqual(['Ready', 'Stopping', 'Stopped']);
  });

  it('ends when its parent is gone, however that died', async () => {
    const service = start();
    await ready(service);
    const pipe = service.child.stdio[3];
    if (pipe && 'destroy' in pipe) pipe.destroy();
    expect(await service.exit).toEqual({ code: 0, signal: null });
    expect(service.lines.find(({ msg }) => msg === 'Stopping')?.reason).toContain(
      'the parent process is gone',
    );
  });

  it('refuses to start with every fault of its configuration, and exit code 3', async () => {
    const wrong = start({
      MISSIONS_LIMITS_LEASE_TTL: '1',
      MISSIONS_HTTP_PORT: 'x',
      MISSIONS_PARENT_PIPE: '3',
    });
    expect((await wrong.exit).code).toBe(3);
    expect(wrong.complaints()).toContain('did you mean MISSIONS_LIMITS_LEASE_TTL_MS?');
    expect(wrong.complaints()).toContain('http.port');
    const missing = start({ MISSIONS_DATABASE_URL: '' });
    expect((await missing.exit).code).toBe(3);
    expect(missing.complaints()).toContain('MISSIONS_DATABASE_URL');
  });

  it('waits for Postgres and NATS only so long, and says which one is missing', async () => {
    const nowhere = { MISSIONS_LIMITS_STARTUP_MS: '300' };
    const noPostgres = start({ ...nowhere, MISSIONS_DATABASE_URL: 'postgres://u:hunter22@127.0.0.1:1/x' });
    expect((await noPostgres.exit).code).toBe(1);
    expect(noPostgres.lines.at(-1)?.err?.message).toContain(
      'Postgres at 127.0.0.1:1 did not become available',
    );
    expect(JSON.stringify(noPostgres.lines)).not.toContain('hunter22');
    const noNats = start({ ...nowhere, MISSIONS_NATS_URL: 'nats://127.0.0.1:1' });
    expect((await noNats.exit).code).toBe(1);
    expect(noNats.lines.at(-1)?.err?.message).toContain('NATS at 127.0.0.1:1 did not become available');
  });

  it('does not wait for a login that is refused', async () => {
    const url = new URL(database.urlFor('missions_resource_lock'));
    url.password = 'wrong-password';
    const service = start({ MISSIONS_DATABASE_URL: url.href });
    expect((await service.exit).code).toBe(1);
    expect(service.lines.at(-1)?.err?.message).toContain('password authentication failed');
  });

  it.each(['resource-lock.before-append', 'resource-lock.after-append'])(
    'killed at %s and started again, makes a repeated claim happen once',
    async (point) => {
      const scope = point.replace('resource-lock.', '');
      const claim = { ...request, resources: [`repo:/${scope}`] };
      const marker = join(state.path, `killed-${scope}`);
      const doomed = start({ MISSIONS_KILL_AT: point, MISSIONS_KILL_MARKER: marker });
      await ready(doomed);
      await withBus(async (bus) => {
        const ask = (): Promise<unknown> => bus.request(resourceSubjects.claim, claim, { timeoutMs: 2000 });
        await expect(ask()).rejects.toMatchObject({ transient: true });
        expect((await doomed.exit).signal).toBe('SIGKILL');
        expect(existsSync(marker)).toBe(true);
        await ready(start({ MISSIONS_KILL_AT: point, MISSIONS_KILL_MARKER: marker }));
        const reply = claimReplySchema.parse(await settle(ask));
        expect(reply).toMatchObject({ status: 'granted', token: 2 });
      });
    },
  );
});
