import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { settle, temporaryDirectory } from '@missions/testing';
import { startKeeper } from './keeper.ts';
import { identityOf, isAlive, type ProcessIdentity } from './process-identity.ts';
import { rememberProcess } from './process-record.ts';

const SLEEPER = ['-e', 'setInterval(() => {}, 1000)'];

function remembered(directory: string): { readonly child: ChildProcess; readonly identity: ProcessIdentity } {
  const child = spawn(process.execPath, SLEEPER, { stdio: 'ignore' });
  const identity = identityOf(child.pid ?? 0);
  if (identity === undefined) throw new Error('The sleeper did not start.');
  rememberProcess(directory, { name: 'sleeper', ...identity, stopSignal: 'SIGTERM', stopLimitMs: 2_000 });
  return { child, identity };
}

describe('a keeper', () => {
  it('ends what its directory remembers when it is released, and deletes the directory', async () => {
    using scratch = temporaryDirectory();
    const keeper = startKeeper(join(scratch.path, 'kept'));
    const { identity } = remembered(keeper.directory);
    await keeper.release();
    await keeper.release();
    expect(isAlive(identity)).toBe(false);
    expect(existsSync(keeper.directory)).toBe(false);
  });

  it('leaves a process alone that merely has the pid of a remembered one', async () => {
    using scratch = temporaryDirectory();
    const keeper = startKeeper(join(scratch.path, 'kept'));
    const { child, identity } = remembered(keeper.directory);
    rememberProcess(keeper.directory, {
      name: 'sleeper',
      ...identity,
      startTime: 'another boot/1',
      stopSignal: 'SIGKILL',
      stopLimitMs: 0,
    });
    await keeper.release();
    expect(isAlive(identity)).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'exit');
  });

  it('does the same when its owner is killed with -9', async () => {
    using scratch = temporaryDirectory();
    const directory = join(scratch.path, 'kept');
    const program = JSON.stringify(new URL('./keeper.ts', import.meta.url).href);
    const script = `const { startKeeper } = await import(${program});
      startKeeper(${JSON.stringify(directory)}); console.log('ready'); setInterval(() => {}, 1000);`;
    const owner = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(owner.stdout, 'data');
    const { identity } = remembered(directory);
    owner.kill('SIGKILL');
    await settle(() => !isAlive(identity) && !existsSync(directory));
  });
});
