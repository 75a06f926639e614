import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@missions/testing';
import {
  assertReachable,
  blockingDirectory,
  makeDirectory,
  openToReaders,
  stateDirectory,
} from './state-directory.ts';

describe('the state directory', () => {
  const environment = { MISSIONS_STATE: '/srv/state', XDG_STATE_HOME: '/home/ada/.state' };

  it('is the one of --state before all others', () => {
    expect(stateDirectory({ flag: '/given', environment, uid: 0 })).toBe('/given');
  });

  it('is the one of MISSIONS_STATE otherwise, for root too', () => {
    expect(stateDirectory({ environment, uid: 0 })).toBe('/srv/state');
  });

  it('is /var/lib/missions for root', () => {
    expect(stateDirectory({ environment: { XDG_STATE_HOME: '/root/.state' }, uid: 0 })).toBe(
      '/var/lib/missions',
    );
  });

  it('lies in XDG_STATE_HOME for an ordinary user, else in the home directory', () => {
    expect(stateDirectory({ environment: { XDG_STATE_HOME: '/home/ada/.state' }, uid: 1000 })).toBe(
      '/home/ada/.state/missions',
    );
    expect(stateDirectory({ environment: {}, uid: 1000, home: '/home/ada' })).toBe(
      '/home/ada/.local/state/missions',
    );
  });

  it('ignores a relative XDG_STATE_HOME, as its specification says', () => {
    expect(stateDirectory({ environment: { XDG_STATE_HOME: 'state' }, uid: 1000, home: '/home/ada' })).toBe(
      '/home/ada/.local/state/missions',
    );
  });
});

describe('the way to a directory', () => {
  const stranger = { uid: 54_321, gid: 54_321 };

  it('is blocked by the first private directory on it, which the refusal names', () => {
    using scratch = temporaryDirectory();
    const inner = join(scratch.path, 'inner');
    mkdirSync(inner);
    expect(blockingDirectory(inner, stranger)).toBe(scratch.path);
    expect(() => {
      assertReachable(inner, stranger);
    }).toThrow(`chmod o+x ${scratch.path}`);
  });

  it('is open when every directory may be passed, and always to root', () => {
    using scratch = temporaryDirectory();
    expect(blockingDirectory(scratch.path, { uid: 0, gid: 0 })).toBeUndefined();
    chmodSync(scratch.path, 0o711);
    expect(blockingDirectory(scratch.path, stranger)).toBeUndefined();
  });

  it('gets exactly the mode asked for, also where the directory exists', () => {
    using scratch = temporaryDirectory();
    makeDirectory(scratch.path, 0o711);
    expect(statSync(scratch.path).mode & 0o777).toBe(0o711);
  });

  it('opens a tree of programs to every reader', () => {
    using scratch = temporaryDirectory();
    mkdirSync(join(scratch.path, 'bin'), { mode: 0o700 });
    openToReaders(scratch.path);
    expect(statSync(join(scratch.path, 'bin')).mode & 0o777).toBe(0o755);
  });
});
