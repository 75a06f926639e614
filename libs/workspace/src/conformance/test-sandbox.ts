import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { chmod, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SandboxSession, SessionOptions } from '../sandbox.ts';
import {
  adoptWorkspace,
  BubblewrapProvider,
  hostBrowser,
  prepareToolchain,
  sandboxUser,
  type BrowserProgram,
  type SandboxUser,
} from '../sandbox/index.ts';

/** A provider over a scratch directory, and sessions that are closed with it. */
export interface TestSandbox {
  readonly provider: BubblewrapProvider;
  readonly user: SandboxUser;
  /** Empty, and passable by the sandbox's user. */
  readonly dir: string;
  readonly workspace: (name?: string) => Promise<string>;
  readonly open: (options?: Partial<SessionOptions>) => Promise<SandboxSession>;
  readonly end: () => Promise<void>;
}

/** `stateDir` keeps the copied toolchain, and a browser that was fetched, for the next run; everything else goes with `end`. */
export async function testSandbox(bwrap: string, stateDir: string): Promise<TestSandbox> {
  const dir = mkdtempSync(join(realpathSync(tmpdir()), 'missions-sandbox-'));
  await chmod(dir, 0o711);
  const user = sandboxUser();
  const toolchain = await prepareToolchain(stateDir);
  const findBrowser = (): Promise<BrowserProgram> => testBrowser(stateDir);
  const provider = new BubblewrapProvider({ stateDir: dir, bwrap, toolchain, findBrowser });
  const sessions: SandboxSession[] = [];
  let made = 0;
  const workspace = async (name = `workspace-${(made += 1)}`): Promise<string> => {
    const path = join(dir, name);
    await mkdir(path, { recursive: true });
    await adoptWorkspace(path, user.uid);
    return path;
  };
  const open = async (options: Partial<SessionOptions> = {}): Promise<SandboxSession> => {
    const session = await provider.openSession({ id: 'test', workspace: await workspace(), ...options });
    sessions.push(session);
    return session;
  };
  const end = async (): Promise<void> => {
    await Promise.all(sessions.map((session) => session.close()));
    rmSync(dir, { recursive: true, force: true });
  };
  return { provider, user, dir, workspace, open, end };
}

/** The browser of this machine, fetched below `stateDir` where there is none; may take minutes the first time. */
export function testBrowser(stateDir: string): Promise<BrowserProgram> {
  return hostBrowser({ stateDir, env: process.env, say: sayOnStandardError })();
}

function sayOnStandardError(line: string): void {
  process.stderr.write(`${line}\n`);
}
