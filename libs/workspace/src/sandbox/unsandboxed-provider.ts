import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DomainError } from '@missions/kernel';
import {
  defaultSandboxLimits,
  type ProbeReport,
  type SandboxProvider,
  type SandboxSession,
  type SessionOptions,
} from '../sandbox.ts';
import { ConfinedSession } from './confined-session.ts';
import { makePrivateDirectory } from './private-directory.ts';
import { sandboxUsers, type SandboxUsers } from './sandbox-user.ts';
import type { UidRange } from '../sandbox-users.ts';
import { requireUsable } from './session-requirements.ts';
import type { Toolchain } from './toolchain.ts';
import { UnsandboxedConfinement } from './unsandboxed-confinement.ts';

export interface UnsandboxedProviderOptions {
  readonly stateDir: string;
  readonly toolchain: Toolchain;
  readonly uids?: UidRange;
}

/** Runs hostile code without any sandbox, because an admin said so; its report never claims anything else. */
export class UnsandboxedProvider implements SandboxProvider {
  readonly kind = 'none';
  private readonly users: SandboxUsers;

  constructor(private readonly options: UnsandboxedProviderOptions & { readonly allowUnsandboxed: boolean }) {
    if (!options.allowUnsandboxed)
      throw new DomainError(
        'SANDBOX_UNAVAILABLE',
        'Running agents without a sandbox needs the explicit override of an admin (allowUnsandboxed).',
      );
    this.users = sandboxUsers(options.uids);
  }

  probe(): Promise<ProbeReport> {
    const detail =
      "An admin allowed agents to run without a sandbox: they reach this host's files and network.";
    const probes = [{ name: 'sandbox', ok: false, marker: undefined, detail }];
    return Promise.resolve({ provider: this.kind, ok: false, unsandboxed: true, probes });
  }

  async openSession(options: SessionOptions): Promise<SandboxSession> {
    const user = await requireUsable(options, this.users);
    const { toolchain, stateDir } = this.options;
    const limits = { ...defaultSandboxLimits, ...options.limits };
    const privateDir = await makePrivateDirectory(stateDir, options.id);
    const mounts = [...(options.readOnlyMounts ?? []), ...(options.writableMounts ?? [])];
    const confinement = new UnsandboxedConfinement({
      user,
      workspace: options.workspace,
      mounts,
      toolchain,
      privateDir,
    });
    const env = { ...environment(toolchain), ...options.env };
    const cleanUp = (): Promise<void> => rm(privateDir, { recursive: true, force: true });
    return new ConfinedSession({
      id: options.id,
      confinement,
      workspace: options.workspace,
      limits,
      env,
      signal: options.signal,
      takeEgress: options.egress?.takeUses,
      cleanUp,
    });
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
