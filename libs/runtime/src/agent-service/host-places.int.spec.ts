import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory, type TemporaryDirectory } from '@missions/testing';
import { HostPlaces, removeAbandonedPlaces } from './host-places.ts';
import { isAbandoned, processMark } from './process-mark.ts';

let state: TemporaryDirectory;

beforeEach(() => {
  state = temporaryDirectory();
});

afterEach(() => {
  state.remove();
});

/** The mark of a process other than this one, made as that process would make it. */
function markOf(pid: number): string {
  const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
  const start = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
  return [pid.toString(36), start.toString(36), processMark().split('_')[2]].join('_');
}

/** The mark of a process that has ended. */
async function markOfTheDead(): Promise<string> {
  const child = spawn('sleep', ['60']);
  const mark = markOf(child.pid ?? 0);
  child.kill('SIGKILL');
  await once(child, 'exit');
  return mark;
}

function make(folder: string, name: string): string {
  const path = join(state.path, folder, name);
  mkdirSync(join(path, 'deep'), { recursive: true });
  writeFileSync(join(path, 'deep', 'file'), '');
  return path;
}

describe('what a process makes on its host', () => {
  it('carries its mark, which is that of no other process', async () => {
    const places = new HostPlaces(state.path);
    expect(places.workspace('m-1-r4-20')).toBe(join(state.path, 'workspaces', `m-1-r4-20.${processMark()}`));
    expect(await places.proofRooms()).toContain(processMark());
    expect(isAbandoned(places.workspace('m-1-r4-20'))).toBe(false);
  });

  it('can be passed through by the sandbox’s user, but not looked into', async () => {
    const places = new HostPlaces(state.path);
    const rooms = await places.proofRooms();
    const egress = join(await places.egressSocket(), '..');
    for (const path of [rooms, join(rooms, '..'), egress]) expect(statSync(path).mode & 0o777).toBe(0o711);
  });

  it('is refused where a socket’s path would be longer than the kernel takes', async () => {
    const places = new HostPlaces(join(state.path, 'x'.repeat(80)));
    await expect(places.egressSocket()).rejects.toMatchObject({ code: 'ENVIRONMENT' });
  });
});

describe('what a killed process left on its host', () => {
  it('is removed, in every folder, also where a tool made it read-only', async () => {
    const dead = await markOfTheDead();
    const left = ['workspaces', 'proofs', 'egress'].map((folder) => make(folder, `m-1-r4-20.${dead}`));
    chmodSync(join(left[0] ?? '', 'deep'), 0o500);
    const removed = await removeAbandonedPlaces(state.path, (error) => {
      throw error;
    });
    expect(removed).toEqual(left);
    expect(left.filter((path) => existsSync(path))).toEqual([]);
  });

  it('is told apart from what a living process, an unknown one, or a person made', async () => {
    const child = spawn('sleep', ['60']);
    try {
      const dead = await markOfTheDead();
      const elsewhere = dead.replace(/_[^_]+$/, '_1');
      const reused = markOf(child.pid ?? 0);
      const kept = [
        make('workspaces', `m-1-r4-20.${processMark()}`),
        make('workspaces', `m-1-r4-20.${reused}`),
        make('workspaces', `m-1-r4-20.${elsewhere}`),
        make('workspaces', 'm-1-r4-20'),
        make('workspaces', 'notes.md'),
        make('proofs', 'VAL-A-001-x'),
      ];
      await removeAbandonedPlaces(state.path, (error) => {
        throw error;
      });
      expect(kept.filter((path) => !existsSync(path))).toEqual([]);
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('is known also when its pid was given to another process', async () => {
    const child = spawn('sleep', ['60']);
    try {
      const [pid = '', start = '', namespace = ''] = markOf(child.pid ?? 0).split('_');
      const earlier = (Number.parseInt(start, 36) - 1).toString(36);
      expect(isAbandoned(`m-1-r4-20.${[pid, earlier, namespace].join('_')}`)).toBe(true);
    } finally {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  });

  it('is nothing where nothing was ever made', async () => {
    await expect(removeAbandonedPlaces(state.path, () => undefined)).resolves.toEqual([]);
  });
});
