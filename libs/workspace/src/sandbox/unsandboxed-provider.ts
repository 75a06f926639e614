import { DomainError } from '@missions/kernel';
import {
  defaultSandboxLimits,
  type ProbeReport,
  type SandboxProvider,
  type SandboxSession,
  type SessionOptions,
} from '../sandbox.ts';
import type { FindBrowser } from './browser/host-browser.ts';
import { openPlainSession } from './plain-session.ts';
import { sandboxUsers, type SandboxUsers } from './sandbox-user.ts';
import type { UidRange } from '../sandbox-users.ts';
import { requireUsable } from './session-requirements.ts';
import type { Toolchain } from './toolchain.ts';

export interface UnsandboxedProviderOptions {
  readonly stateDir: string;
  readonly toolchain: Toolchain;
  readonly uids?: UidRange;
  /** Finds the browser of `openBrowser`; where absent there is none. */
  readonly findBrowser?: FindBrowser | undefined;
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
    const { toolchain, stateDir, findBrowser } = this.options;
    const limits = { ...defaultSandboxLimits, ...options.limits };
    return openPlainSession({ options, user, toolchain, stateDir, limits, findBrowser, confine: undefined });
  }
}
