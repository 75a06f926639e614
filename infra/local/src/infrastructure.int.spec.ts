import { execFileSync, spawn } from 'node:child_process';
import { sign, verify } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { jest } from '@jest/globals';
import { connect, nkeyAuthenticator, type NatsConnection } from '@nats-io/transport-node';
import { settle, testStateDirectory, type TemporaryDirectory } from '@missions/testing';
import pg from 'pg';
import { findTool } from './find-tool.ts';
import {
  startInfrastructure,
  type Infrastructure,
  type StartInfrastructureOptions,
} from './infrastructure.ts';
import { inboxPrefixOf } from './nats-permissions.ts';
import { isAlive, type ProcessIdentity } from './process-identity.ts';
import { readStack } from './stack-file.ts';
import { stackStatus, stopStack } from './stack.ts';

// Two cores shared with other suites: a start of both servers takes 1 to 4 s.
jest.setTimeout(90_000);

let scratch: TemporaryDirectory;
let stateDir: string;
const held: Infrastructure[] = [];

/** A cluster that was initialised and stopped, to start the others from: initdb takes longer than the rest of a test. */
let seed: TemporaryDirectory;

beforeAll(async () => {
  seed = testStateDirectory();
  const infrastructure = await startInfrastructure({ stateDir: seed.path, throwAway: true });
  await infrastructure.stop();
});
afterAll(() => {
  seed.remove();
});

beforeEach(() => {
  scratch = testStateDirectory();
  stateDir = scratch.path;
});
afterEach(async () => {
  for (const infrastructure of held.splice(0)) await infrastructure.detach();
  await stopStack(stateDir);
  scratch.remove();
});

async function up(options: Partial<StartInfrastructureOptions> = {}): Promise<Infrastructure> {
  const infrastructure = await startInfrastructure({ stateDir, throwAway: true, ...options });
  held.push(infrastructure);
  return infrastructure;
}

/** The same on a state directory that has been used before. */
function upAgain(options: Partial<StartInfrastructureOptions> = {}): Promise<Infrastructure> {
  const used = ['postgres', 'credentials.json'].map((name) => join(seed.path, name));
  execFileSync('cp', ['-a', ...used, stateDir]);
  return up(options);
}

async function query(url: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

async function decideOf(infrastructure: Infrastructure): Promise<NatsConnection> {
  const { seed } = infrastructure.credentials.nats['orchestrator-decide'];
  const authenticator = nkeyAuthenticator(new TextEncoder().encode(seed));
  return connect({
    servers: infrastructure.nats.url,
    authenticator,
    inboxPrefix: inboxPrefixOf('orchestrator-decide'),
  });
}

function recorded(name: string): ProcessIdentity {
  const found = readStack(stateDir).processes.find((process) => process.name === name);
  if (found === undefined) throw new Error(`${name} is not on record.`);
  return found;
}

describe('the servers of one machine', () => {
  it('start, keep their data, ports and secrets over a stop, and leave nothing running', async () => {
    const first = await up();
    await query(first.postgres.url, 'create table kept (n int)');
    const servers = [recorded('postgres'), recorded('nats')];
    await first.stop();
    expect(servers.filter(isAlive)).toEqual([]);
    expect(stackStatus(stateDir).state).toBe('stopped');

    const second = await up();
    expect(second.postgres.port).toBe(first.postgres.port);
    expect(second.nats.port).toBe(first.nats.port);
    expect(second.credentials).toEqual(first.credentials);
    expect(await query(second.postgres.url, 'select count(*)::int as n from kept')).toEqual([{ n: 0 }]);
  });

  it('answer with checksums, SCRAM passwords and no unix socket, and their secrets are private', async () => {
    const { postgres } = await up({ throwAway: false });
    const [row] = await query(
      postgres.url,
      `select current_setting('data_checksums') as checksums,
      current_setting('unix_socket_directories') as sockets, current_setting('fsync') as fsync,
      (select bool_and(rolpassword like 'SCRAM-SHA-256$%') from pg_authid where rolcanlogin) as scram`,
    );
    expect(row).toEqual({ checksums: 'on', sockets: '', fsync: 'on', scram: true });
    expect(statSync(join(stateDir, 'credentials.json')).mode & 0o777).toBe(0o600);
    expect(statSync(join(stateDir, 'stack.json')).mode & 0o777).toBe(0o600);
    expect(statSync(join(stateDir, 'postgres')).mode & 0o777).toBe(0o700);
    const stranger = postgres.url.replace(/:[^:@]+@/, ':wrong@');
    await expect(query(stranger, 'select 1')).rejects.toMatchObject({ code: '28P01' });
  });

  it('let each service log in with the role the migrations made', async () => {
    const infrastructure = await upAgain({
      prepareDatabase: async (url) => {
        await query(url, 'create role missions_worker nologin');
      },
    });
    const environment = infrastructure.environmentFor('worker');
    expect(await query(environment['MISSIONS_DATABASE_URL'] ?? '', 'select current_user as who')).toEqual([
      { who: 'missions_worker' },
    ]);
    expect(environment).not.toHaveProperty('MISSIONS_COMMAND_KEY');
    const text = Buffer.from('approve');
    const signature = sign(
      null,
      text,
      infrastructure.environmentFor('mission-control')['MISSIONS_COMMAND_KEY'] ?? '',
    );
    const publicKey =
      infrastructure.environmentFor('orchestrator-decide')['MISSIONS_COMMAND_PUBLIC_KEY'] ?? '';
    expect(verify(null, text, publicKey, signature)).toBe(true);
    expect(infrastructure.environmentFor('resource-lock')).toMatchObject({
      MISSIONS_COMMAND_PUBLIC_KEY: publicKey,
    });
    expect(environment).toMatchObject({
      MISSIONS_NATS_URL: infrastructure.nats.url,
      MISSIONS_STATE: stateDir,
    });
  });

  it('are taken over, not doubled, by a second start', async () => {
    await upAgain();
    const before = readStack(stateDir).processes;
    await up();
    expect(readStack(stateDir).processes).toEqual(before);
  });

  it('are started once by two starts at the same time', async () => {
    const [one, other] = await Promise.all([up(), up()]);
    expect(one.postgres.port).toBe(other.postgres.port);
    expect(one.nats.port).toBe(other.nats.port);
  });

  it('come back by themselves on the same ports after kill -9, with everything committed', async () => {
    const said: string[] = [];
    const { postgres } = await upAgain({ say: (line) => void said.push(line) });
    await query(postgres.url, 'create table kept (n int); insert into kept values (7)');
    process.kill(recorded('postgres').pid, 'SIGKILL');
    process.kill(recorded('nats').pid, 'SIGKILL');
    await settle(() => said.length === 2, { limitMs: 20_000 });
    expect(await query(postgres.url, 'select n from kept')).toEqual([{ n: 7 }]);
    expect(stackStatus(stateDir).state).toBe('running');
  });

  it('lose all that JetStream holds, and nothing else, in a wipe', async () => {
    const infrastructure = await upAgain();
    const decide = await decideOf(infrastructure);
    const stream = JSON.stringify({ name: 'EVENTS', subjects: ['evt.>'], storage: 'file' });
    await decide.request('$JS.API.STREAM.CREATE.EVENTS', stream);
    await infrastructure.wipeJetStream();
    const info = await settle(() =>
      decide.request('$JS.API.STREAM.INFO.EVENTS', undefined, { timeout: 1_000 }),
    );
    expect(info.json()).toMatchObject({ error: { description: 'stream not found' } });
    await decide.close();
  });

  it('refuse a port that is taken and say by whom', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as AddressInfo;
    await expect(up({ natsPort: port })).rejects.toThrow(
      new RegExp(`Port ${String(port)} .* pid ${String(process.pid)}`),
    );
    expect(stackStatus(stateDir).state).toBe('stopped');
    holder.close();
  });

  it('do not stay behind when what follows their start fails', async () => {
    const seen: ProcessIdentity[] = [];
    const failing = upAgain({
      prepareDatabase: () => {
        seen.push(recorded('postgres'), recorded('nats'));
        return Promise.reject(new Error('migration 7 is broken'));
      },
    });
    await expect(failing).rejects.toThrow('migration 7 is broken');
    expect(seen).toHaveLength(2);
    expect(seen.filter(isAlive)).toEqual([]);
    expect(stackStatus(stateDir).state).toBe('stopped');
  });

  it('are on record as stale after a reboot, and start again', async () => {
    const first = await upAgain();
    await first.stop();
    const stack = readStack(stateDir);
    const ghost = {
      name: 'postgres',
      pid: process.pid,
      startTime: 'another boot/1',
      stopSignal: 'SIGKILL',
      stopLimitMs: 0,
      port: 1,
      startedAt: '',
    };
    writeFileSync(join(stateDir, 'stack.json'), JSON.stringify({ ...stack, processes: [ghost] }));
    expect(stackStatus(stateDir).state).toBe('stale');
    await up();
    expect(stackStatus(stateDir).state).toBe('running');
  });
});

describe('a starter that is killed with -9', () => {
  const start = (where: string): string => `
    const { startInfrastructure } = await import(${JSON.stringify(new URL('./infrastructure.ts', import.meta.url).href)});
    await startInfrastructure({ stateDir: ${JSON.stringify(where)} });
    console.log('up');`;

  it('leaves servers that another process stops', async () => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', start(stateDir)], {
      env: { PATH: process.env['PATH'] },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    const servers = [recorded('postgres'), recorded('nats')];
    expect(servers.every(isAlive)).toBe(true);
    expect([...(await stopStack(stateDir))].sort()).toEqual(['nats', 'postgres']);
    expect(servers.filter(isAlive)).toEqual([]);
  });

  it('loses no server even when the record is gone', async () => {
    const first = await upAgain();
    const servers = [recorded('postgres'), recorded('nats')];
    await first.detach();
    writeFileSync(join(stateDir, 'stack.json'), JSON.stringify({ version: 1, processes: [], ports: {} }));
    await up();
    expect(servers.filter(isAlive)).toEqual([]);
    expect(stackStatus(stateDir).state).toBe('running');
  });
});

const asRoot = process.getuid?.() === 0 ? describe : describe.skip;

asRoot('started by root', () => {
  it('the servers run under another uid', async () => {
    await upAgain();
    for (const name of ['postgres', 'nats']) {
      const status = readFileSync(`/proc/${String(recorded(name).pid)}/status`, 'utf8');
      expect(Number(/^Uid:\s+(\d+)/m.exec(status)?.[1])).toBeGreaterThan(0);
    }
  });

  it("a state directory out of that uid's reach is refused, with the directory in the way", async () => {
    const inner = join(stateDir, 'private/inner');
    mkdirSync(join(stateDir, 'private'), { mode: 0o700 });
    await expect(startInfrastructure({ stateDir: inner })).rejects.toMatchObject({
      code: 'STATE_NOT_REACHABLE',
      message: expect.stringContaining(join(stateDir, 'private')) as string,
    });
  });

  it('an ordinary user runs both as himself', async () => {
    const state = join(stateDir, 'nobody');
    const script = `
      const { startInfrastructure, stackStatus, postgresBinaries } = await import(${JSON.stringify(new URL('./index.ts', import.meta.url).href)});
      const { mkdirSync, chownSync } = await import('node:fs');
      mkdirSync(${JSON.stringify(state)}); chownSync(${JSON.stringify(state)}, 65534, 65534);
      postgresBinaries(${JSON.stringify(state)});
      process.setgroups([]); process.setgid(65534); process.setuid(65534);
      const infrastructure = await startInfrastructure({ stateDir: ${JSON.stringify(state)} });
      const status = stackStatus(${JSON.stringify(state)});
      await infrastructure.stop();
      console.log(JSON.stringify({ status: status.state, after: stackStatus(${JSON.stringify(state)}).state }));`;
    chmodSync(stateDir, 0o711);
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      cwd: '/',
      env: { PATH: `${process.env['PATH'] ?? ''}:${dirname(await findTool('nats-server'))}` },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const output: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    await once(child, 'close');
    expect(JSON.parse(Buffer.concat(output).toString())).toEqual({ status: 'running', after: 'stopped' });
  });
});
