import { rm } from 'node:fs/promises';
import { DomainError } from '@missions/kernel';
import {
  defaultSandboxLimits,
  type ProbeReport,
  type SandboxLimits,
  type SandboxProvider,
  type SandboxSession,
  type SessionOptions,
} from '../sandbox.ts';
import type { FindBrowser } from './browser/host-browser.ts';
import { BubblewrapConfinement } from './bubblewrap-confinement.ts';
import type { Confinement } from './confinement.ts';
import { ConfinedSession } from './confined-session.ts';
import { egressEnvironment } from './egress-environment.ts';
import { forwarderPort, startForwarder } from './egress-forwarder-client.ts';
import { startHolder } from './holder.ts';
import { findHostTools } from './host-tools.ts';
import { KnownReport } from './known-report.ts';
import { makePrivateDirectory, removeAbandonedDirectories } from './private-directory.ts';
import { probeSandbox } from './probe.ts';
import { insidePaths } from './root-filesystem.ts';
import { requireUsable } from './session-requirements.ts';
import { sandboxUsers, type SandboxUser, type SandboxUsers } from './sandbox-user.ts';
import type { UidRange } from '../sandbox-users.ts';
import { writeSyntheticEtc } from './synthetic-etc.ts';
import type { Toolchain } from './toolchain.ts';

export interface BubblewrapOptions {
  /** The sandbox's user must be able to pass through it (0711 when the service is root). */
  readonly stateDir: string;
  /** The bwrap program; a path that the sandbox's user can execute. */
  readonly bwrap: string;
  readonly toolchain: Toolchain;
  /** Of sandboxes when the service is root; otherwise the service's own is used. */
  readonly uids?: UidRange;
  /** Finds the browser of `openBrowser`; where absent there is none. */
  readonly findBrowser?: FindBrowser | undefined;
}

interface SessionGround {
  readonly user: SandboxUser;
  readonly limits: SandboxLimits;
  readonly privateDir: string;
}

const baseEnvironment = {
  PATH: `${insidePaths.toolchain}/bin:/usr/local/bin:/usr/bin:/bin`,
  HOME: insidePaths.home,
  TMPDIR: '/tmp',
  LANG: 'C.UTF-8',
  USER: 'agent',
  LOGNAME: 'agent',
  SHELL: '/bin/bash',
  TERM: 'dumb',
};

/** Sandboxes of Linux user namespaces, built by bubblewrap under a user that is never root. */
export class BubblewrapProvider implements SandboxProvider {
  readonly kind = 'bubblewrap';
  private readonly users: SandboxUsers;
  private readonly known = new KnownReport(
    (signal) => this.measure(signal),
    'The sandbox does not hold, so nothing runs',
  );

  constructor(private readonly options: BubblewrapOptions) {
    if (process.platform !== 'linux')
      throw new DomainError(
        'SANDBOX_UNAVAILABLE',
        `There is no sandbox for ${process.platform} yet: agents run on Linux only, or, where an admin says so, without one.`,
        { platform: process.platform },
      );
    this.users = sandboxUsers(options.uids);
  }

  probe(signal: AbortSignal): Promise<ProbeReport> {
    return this.known.probe(signal);
  }

  async openSession(options: SessionOptions): Promise<SandboxSession> {
    await this.known.requireOk();
    return this.open(options);
  }

  private async measure(signal: AbortSignal): Promise<ProbeReport> {
    const { stateDir } = this.options;
    await removeAbandonedDirectories(stateDir);
    const probes = await probeSandbox({
      stateDir,
      user: this.users.engine,
      open: (options) => this.open(options),
      signal,
    });
    return { provider: this.kind, unsandboxed: false, ok: probes.every(({ ok }) => ok), probes };
  }

  private async open(options: SessionOptions): Promise<SandboxSession> {
    const user = await requireUsable(options, this.users);
    const limits = { ...defaultSandboxLimits, ...options.limits };
    const privateDir = await makePrivateDirectory(this.options.stateDir, options.id);
    const cleanUp = (): Promise<void> => rm(privateDir, { recursive: true, force: true });
    let confinement: Confinement | undefined;
    try {
      confinement = await this.confine(options, { user, limits, privateDir });
      if (options.egress) await startForwarder(confinement, limits);
      const wayOut = options.egress ? egressEnvironment(options.egress, forwarderPort) : {};
      const env = { ...baseEnvironment, ...wayOut, ...options.env };
      return new ConfinedSession({
        id: options.id,
        confinement,
        workspace: options.workspace,
        limits,
        env,
        signal: options.signal,
        takeEgress: options.egress?.takeUses,
        browser: { find: this.options.findBrowser, stateDir: this.options.stateDir },
        cleanUp,
      });
    } catch (error) {
      await confinement?.close();
      await cleanUp();
      throw error;
    }
  }

  private async confine(
    options: SessionOptions,
    { user, limits, privateDir }: SessionGround,
  ): Promise<Confinement> {
    const { stateDir, toolchain, bwrap } = this.options;
    const { workspace, readOnlyMounts = [], writableMounts = [], egress } = options;
    const tools = findHostTools();
    const etcDir = await writeSyntheticEtc(stateDir, user);
    const mounts = { workspace, readOnlyMounts, writableMounts, etcDir, toolchainDir: toolchain.dir };
    const { tmpBytes } = limits;
    const holder = await startHolder({
      user,
      ...mounts,
      bwrap,
      egressSocket: egress?.socketPath,
      tmpBytes,
    });
    const extraRoots = [...readOnlyMounts, ...writableMounts].map(({ inside }) => inside);
    const fileRoots = [insidePaths.workspace, '/tmp', ...extraRoots];
    const apart = { etcDir, toolchainDir: toolchain.dir, bwrap };
    return new BubblewrapConfinement({ holder, user, tools, limits, privateDir, fileRoots, apart });
  }
}
