import { execFile } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { jest } from '@jest/globals';
import { stateDirectory } from '@missions/local';
import { serviceNames } from '@missions/runtime';
import { settle, temporaryDirectory, type TemporaryDirectory } from '@missions/testing';

jest.setTimeout(240_000);

const program = fileURLToPath(new URL('../../bin/missions.mjs', import.meta.url));

let place: TemporaryDirectory;
let state: string;

beforeAll(() => {
  place = temporaryDirectory();
  chmodSync(place.path, 0o711);
  state = join(place.path, 'state');
  mkdirSync(state, { mode: 0o711 });
  // Programs that were fetched once are not fetched again.
  const tools = join(stateDirectory(), 'tools');
  if (existsSync(tools)) symlinkSync(tools, join(state, 'tools'));
});

afterAll(async () => {
  await missions(['down']);
  place.remove();
});

interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The compiled command as a process of its own, in a folder without configuration. */
function missions(argv: readonly string[]): Promise<Ran> {
  const env = { PATH: process.env['PATH'], HOME: place.path, MISSIONS_STATE: state };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [program, ...argv],
      { cwd: place.path, env, timeout: 120_000 },
      (error, stdout, stderr) => {
        resolve({ exitCode: error === null ? 0 : Number(error.code ?? 1), stdout, stderr });
      },
    );
  });
}

interface Status {
  readonly state: string;
  readonly apiReady: boolean;
  readonly processes: readonly { readonly name: string; readonly pid: number; readonly alive: boolean }[];
}

async function status(): Promise<Status> {
  return JSON.parse((await missions(['status', '--json'])).stdout) as Status;
}

async function pidOf(name: string): Promise<number> {
  const found = (await status()).processes.find((process) => process.name === name);
  if (found === undefined) throw new Error(`${name} is not on record.`);
  return found.pid;
}

/** Every process of this machine that was started for our state directory. */
function leftovers(): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map((pid) => {
      try {
        return `${pid} ${readFileSync(`/proc/${pid}/cmdline`, 'utf8')} ${readFileSync(`/proc/${pid}/environ`, 'utf8')}`;
      } catch {
        return '';
      }
    })
    .filter((text) => text.includes(state));
}

describe('the local stack', () => {
  it('refuses a port that is taken, with who has it, and leaves nothing running', async () => {
    const squatter = createServer();
    await new Promise<void>((resolve) => squatter.listen(0, '127.0.0.1', resolve));
    const { port } = squatter.address() as AddressInfo;
    const { exitCode, stdout, stderr } = await missions(['up', '--port', String(port), '--json']);
    await new Promise((resolve) => squatter.close(resolve));
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toContain(`Port ${String(port)} on 127.0.0.1 is used by pid ${String(process.pid)}`);
    await settle(() => leftovers().length === 0);
  });

  it('refuses a configuration that is not usable before it starts anything', async () => {
    const config = join(place.path, 'wrong.yaml');
    writeFileSync(config, 'limits: { leaseTtl: 5 }\n');
    const { exitCode, stderr } = await missions(['up', '--config', config]);
    expect(exitCode).toBe(3);
    expect(stderr).toContain('did you mean leaseTtlMs');
    expect((await status()).state).toBe('stopped');
  });

  it('refuses servers that are not there, at once', async () => {
    const urls = ['--database-url', 'postgres://a:b@127.0.0.1:1/x', '--nats-url', 'nats://127.0.0.1:1'];
    const { exitCode, stderr } = await missions(['up', '--port', '0', ...urls]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('does not answer');
    expect(stderr).not.toContain('a:b@');
  });

  it('runs on after up --detach, survives the death of any service, and stops with down', async () => {
    const { exitCode, stdout } = await missions(['up', '--detach', '--port', '0', '--json']);
    expect(exitCode).toBe(0);
    const { apiUrl, tokenFile } = JSON.parse(stdout) as { apiUrl: string; tokenFile: string };
    expect((statSync(tokenFile).mode & 0o777).toString(8)).toBe('600');
    expect(await status()).toMatchObject({ state: 'running', apiReady: true });
    expect((await missions(['up', '--detach', '--json'])).stdout).toContain(apiUrl);
    const elsewhere = await missions(['up', '--detach', '--port', '4']);
    expect(elsewhere).toMatchObject({ exitCode: 6, stdout: '' });
    expect(elsewhere.stderr).toContain('next:  missions down, then missions up --port 4');

    const worker = readyPid('worker');
    process.kill(worker, 'SIGKILL');
    await settle(() => readyPid('worker') !== worker, { limitMs: 30_000 });
    expect(await missions(['list', '--json'])).toMatchObject({ exitCode: 0, stdout: '{"missions":[]}\n' });

    const silent = readyPid('resource-lock');
    process.kill(silent, 'SIGSTOP');
    const { exitCode: degraded, stdout: said } = await missions(['status']);
    const { stdout: examined } = await missions(['doctor']);
    process.kill(silent, 'SIGCONT');
    expect([degraded, said]).toEqual([1, expect.stringMatching(/^resource-lock .* does not answer; see /mu)]);
    expect(examined).toContain('✗ service resource-lock: does not answer\n');
    await settle(async () => (await missions(['status'])).exitCode === 0, { limitMs: 30_000 });

    expect((await missions(['down'])).exitCode).toBe(0);
    expect((await status()).state).toBe('stopped');
    await settle(() => leftovers().length === 0);
  });

  it('is stopped by down though up itself was killed with -9', async () => {
    const { exitCode, stderr } = await missions(['up', '--detach', '--port', '0']);
    expect(exitCode).toBe(0);
    const ready = stderr.split('\n').filter((line) => line.endsWith(' is ready'));
    expect(ready.toSorted()).toEqual(serviceNames.map((name) => `${name} is ready`).toSorted());
    expect(stderr).not.toContain('Ctrl-C');
    process.kill(await pidOf('services'), 'SIGKILL');
    expect(await missions(['status'])).toMatchObject({ exitCode: 1 });
    expect((await missions(['down', '--json'])).exitCode).toBe(0);
    await settle(() => leftovers().length === 0, { limitMs: 30_000 });
    expect(await missions(['down'])).toEqual({ exitCode: 0, stdout: 'Nothing was running.\n', stderr: '' });
  });
});

/** The pid under which a service last said that it is ready. */
function readyPid(service: string): number {
  const log = readFileSync(join(state, 'logs', `${service}.log`), 'utf8');
  const ready = log.split('\n').findLast((line) => line.includes('"msg":"Ready"')) ?? '{}';
  return (JSON.parse(ready) as { pid?: number }).pid ?? 0;
}
