import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findTool, stateDirectory } from '@missions/local';
import { testSandbox, type TestSandbox } from '@missions/workspace/conformance';
import { adoptWorkspace, BubblewrapProvider, prepareToolchain } from '@missions/workspace/sandbox';
import { MissionUsers } from './mission-users.ts';

const isRoot = process.getuid?.() === 0;
/** Beside those of services that may run on this host. */
const uids = { first: 64_950, count: 4 };
const timeoutMs = 20_000;
let sandbox: TestSandbox;
let directory: string;
const started: ChildProcess[] = [];

beforeAll(async () => {
  sandbox = await testSandbox(await findTool('bwrap'), stateDirectory());
}, 180_000);
afterAll(() => sandbox.end());
beforeEach(() => {
  directory = mkdtempSync(join(realpathSync(tmpdir()), 'missions-uids-'));
});
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
  rmSync(directory, { recursive: true, force: true });
});

const claims = (): string[] => readdirSync(directory).filter((name) => /^\d/.test(name));

describe('the user of a mission', () => {
  it('is its own while it is open, and is given back with the last that holds it', async () => {
    const users = new MissionUsers({ uids, directory });
    const [one, again, other] = [
      await users.lease('m-1'),
      await users.lease('m-1'),
      await users.lease('m-2'),
    ];
    if (!isRoot) {
      expect([one, again, other].map(({ user }) => user.uid)).toEqual(Array(3).fill(process.getuid?.()));
      return;
    }
    expect([one, again, other].map(({ user }) => user.uid)).toEqual([64_951, 64_951, 64_952]);
    await one.release();
    await one.release();
    expect(claims()).toHaveLength(2);
    await again.release();
    await other.release();
    expect(claims()).toEqual([]);
    expect((await users.lease('m-3')).user.uid).toBe(64_953);
  });

  it('is the same in every process of the host, and no mission gets one when all are in use', async () => {
    if (!isRoot) return;
    const [mine, yours] = [new MissionUsers({ uids, directory }), new MissionUsers({ uids, directory })];
    const leases = await Promise.all(
      ['m-1', 'm-2', 'm-3', 'm-1', 'm-2'].map((id, index) => (index % 2 === 0 ? mine : yours).lease(id)),
    );
    const given = leases.map(({ user }) => user.uid);
    expect(new Set(given.slice(0, 3))).toEqual(new Set([64_951, 64_952, 64_953]));
    expect(given.slice(3)).toEqual(given.slice(0, 2));
    await expect(yours.lease('m-4')).rejects.toMatchObject({ code: 'SANDBOX_UNAVAILABLE' });
    await leases[2]?.release();
    expect((await yours.lease('m-4')).user.uid).toBe(given[2]);
  });

  it('is free again when the process that held it was killed, and what still ran as it is ended first', async () => {
    if (!isRoot) return;
    const holder = await startHolder('m-lost');
    const orphan = spawn('sleep', ['300'], { uid: 64_951, gid: 64_951, stdio: 'ignore' });
    started.push(orphan);
    const orphanEnded = once(orphan, 'exit');
    const narrow = new MissionUsers({ uids: { first: 64_950, count: 2 }, directory });
    await expect(narrow.lease('m-new')).rejects.toMatchObject({ code: 'SANDBOX_UNAVAILABLE' });
    const killed = once(holder, 'exit');
    holder.kill('SIGKILL');
    await killed;
    expect((await narrow.lease('m-new')).user.uid).toBe(64_951);
    expect(await orphanEnded).toEqual([null, 'SIGKILL']);
    expect(claims()).toHaveLength(1);
  });

  it('can neither read the files of another mission nor signal its processes, with a sandbox around it or without', async () => {
    if (!isRoot) return;
    const users = new MissionUsers({ uids, directory });
    const [mine, yours] = [(await users.lease('m-1')).user.uid, (await users.lease('m-2')).user.uid];
    const provider = new BubblewrapProvider({
      stateDir: sandbox.dir,
      bwrap: await findTool('bwrap'),
      toolchain: await prepareToolchain(stateDirectory()),
      uids,
    });
    const places = [await workspaceOf('mine', mine), await workspaceOf('yours', yours)] as const;
    const [mySession, yourSession] = await Promise.all(
      places.map((workspace, index) => provider.openSession({ id: `m-${String(index)}`, workspace })),
    );
    const server = await yourSession?.start({ command: 'sleep 299.4242' });
    const seen = await mySession?.run({
      command: `id -u; cat note.txt; cat ${places[1]}/note.txt; grep -l 'sleep.299[.]4242' /proc/*/cmdline`,
      timeoutMs,
    });
    expect(seen?.stdout).toMatch(new RegExp(`^${String(mine)}\nof mine$`));
    const pid = spawnSync('pgrep', ['-u', String(yours), '-f', 'sleep 299.4242'])
      .stdout.toString()
      .split('\n')[0];
    expect(Number(pid)).toBeGreaterThan(0);
    const outside = (file: string, ...args: string[]) =>
      spawnSync(file, args, { uid: mine, gid: mine, cwd: '/' });
    expect(outside('cat', join(places[0], 'note.txt')).stdout.toString()).toBe('of mine');
    expect(outside('cat', join(places[1], 'note.txt')).stderr.toString()).toContain('Permission denied');
    expect(outside('/bin/sh', '-c', `kill -9 ${String(pid)}`).status).not.toBe(0);
    expect(server?.alive()).toBe(true);
    await Promise.all([mySession?.close(), yourSession?.close()]);
  });
});

async function workspaceOf(name: string, uid: number): Promise<string> {
  const workspace = await sandbox.workspace(name);
  writeFileSync(join(workspace, 'note.txt'), `of ${name}`, { mode: 0o644 });
  await adoptWorkspace(workspace, uid);
  expect(statSync(workspace)).toMatchObject({ uid, mode: 0o40700 });
  return workspace;
}

/** Another process of the host that leases the first uid and goes on living. */
async function startHolder(missionId: string): Promise<ChildProcess> {
  const module = fileURLToPath(new URL('./mission-users.ts', import.meta.url));
  const script = `
    const { MissionUsers } = await import(${JSON.stringify(module)});
    const { user } = await new MissionUsers(${JSON.stringify({ uids, directory })}).lease(${JSON.stringify(missionId)});
    console.log(user.uid);
    setInterval(() => undefined, 1e6);`;
  const child = spawn(
    process.execPath,
    [
      '--conditions=@missions/source',
      '--experimental-transform-types',
      '--disable-warning=ExperimentalWarning',
      '--input-type=module',
      '-e',
      script,
    ],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { PATH: process.env['PATH'] },
    },
  );
  started.push(child);
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  expect(line.toString()).toBe('64951\n');
  return child;
}
