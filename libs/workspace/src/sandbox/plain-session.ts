import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { SandboxLimits, SandboxSession, SessionOptions } from '../sandbox.ts';
import type { FindBrowser } from './browser/host-browser.ts';
import { ConfinedSession } from './confined-session.ts';
import { egressEnvironment } from './egress-environment.ts';
import { startForwarder } from './egress-forwarder-client.ts';
import { makePrivateDirectory } from './private-directory.ts';
import type { SandboxUser } from './sandbox-user.ts';
import type { Toolchain } from './toolchain.ts';
import { UnsandboxedConfinement, type PlainLimits } from './unsandboxed-confinement.ts';

export interface PlainSessionParts {
  readonly options: SessionOptions;
  readonly user: SandboxUser;
  readonly toolchain: Toolchain;
  readonly stateDir: string;
  readonly limits: SandboxLimits;
  /** Limits that the kernel enforces; undefined where the admin wants none. */
  readonly confine: PlainLimits | undefined;
  readonly findBrowser: FindBrowser | undefined;
  /** Called once, after the session's processes were killed or did not start. */
  readonly closed?: () => Promise<void>;
}

/** A session whose commands are plain processes of this machine. */
export async function openPlainSession(parts: PlainSessionParts): Promise<SandboxSession> {
  const { options, user, toolchain, stateDir, limits, confine } = parts;
  const { readOnlyMounts = [], writableMounts = [], egress, workspace, signal, id } = options;
  const privateDir = await makePrivateDirectory(stateDir, id);
  const confinement = new UnsandboxedConfinement({
    user,
    workspace,
    mounts: [...readOnlyMounts, ...writableMounts],
    toolchain,
    privateDir,
    egressSocket: egress?.socketPath ?? '',
    limits: confine,
  });
  const cleanUp = async (): Promise<void> => {
    await rm(privateDir, { recursive: true, force: true });
    await parts.closed?.();
  };
  try {
    // Any free port: this network is shared with whatever else runs here.
    const wayOut = egress ? egressEnvironment(egress, await startForwarder(confinement, limits, 0)) : {};
    const env = { ...environment(toolchain), ...wayOut, ...options.env };
    return new ConfinedSession({
      ...{ id, confinement, workspace, limits, env, signal, cleanUp },
      takeEgress: egress?.takeUses,
      browser: { find: parts.findBrowser, stateDir },
    });
  } catch (error) {
    await confinement.close();
    await cleanUp();
    throw error;
  }
}

function environment(toolchain: Toolchain): Readonly<Record<string, string>> {
  const bin = join(toolchain.dir, 'bin');
  return {
    PATH: `${bin}:/usr/local/bin:/usr/bin:/bin`,
    HOME: '/tmp',
    TMPDIR: '/tmp',
    LANG: 'C.UTF-8',
    TERM: 'dumb',
  };
}
