import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  defaultSandboxLimits,
  type ProbeReport,
  type ProbeResult,
  type SandboxLimits,
  type SandboxProvider,
  type SandboxSession,
  type SessionOptions,
} from '../sandbox.ts';
import type { UidRange } from '../sandbox-users.ts';
import { adoptWorkspace } from './adopt-workspace.ts';
import type { FindBrowser } from './browser/host-browser.ts';
import { findHostTools } from './host-tools.ts';
import { KnownReport } from './known-report.ts';
import { openPlainSession } from './plain-session.ts';
import { runtimeVerdict } from './pod-runtime.ts';
import { podVerdicts, type PodFacts } from './pod-verdicts.ts';
import { endProcessesOf } from './processes-of-user.ts';
import { sandboxUsers, type SandboxUser, type SandboxUsers } from './sandbox-user.ts';
import { requireUsable } from './session-requirements.ts';
import type { Toolchain } from './toolchain.ts';

const probeLimitMs = 30_000;
/** Where clouds hand out a machine's credentials to whoever asks. */
const cloudMetadata: Address = { host: '169.254.169.254', port: 80 };
const probeLimits: Partial<SandboxLimits> = { fileSizeBytes: 2 * 1024 ** 2, openFiles: 128 };

interface Address {
  readonly host: string;
  readonly port: number;
}

export interface ExternalProviderOptions {
  readonly stateDir: string;
  readonly toolchain: Toolchain;
  readonly uids?: UidRange;
  /** The admin's word on what isolates this pod; without it, or when the kernel shows otherwise, no session opens. */
  readonly podRuntime: string | undefined;
  /** Where the kernel's signs are read; default: this machine's own. */
  readonly readSign?: (file: string) => Promise<string>;
  /** What no command may reach; default: where clouds serve a machine's credentials. */
  readonly metadata?: Address;
  /** Finds the browser of `openBrowser`; where absent there is none. */
  readonly findBrowser?: FindBrowser | undefined;
}

/**
 * The pod around this service is the sandbox (gVisor, Kata): commands are plain processes in it, under a user that is
 * neither root nor the service's, and under limits. Files of the image and the pod's network are theirs to see; what
 * the network reaches is the cluster's policy to say.
 */
export class ExternalProvider implements SandboxProvider {
  readonly kind = 'external';
  private readonly users: SandboxUsers;
  private readonly open = new Map<number, number>();
  private readonly known = new KnownReport(
    (signal) => this.measure(signal),
    'This pod is not the sandbox it is said to be',
  );

  constructor(private readonly options: ExternalProviderOptions) {
    this.users = sandboxUsers(options.uids);
  }

  probe(signal: AbortSignal): Promise<ProbeReport> {
    return this.known.probe(signal);
  }

  async openSession(options: SessionOptions): Promise<SandboxSession> {
    await this.known.requireOk();
    return this.openUnprobed(options);
  }

  private async measure(signal: AbortSignal): Promise<ProbeReport> {
    const { podRuntime, readSign } = this.options;
    const runtime = await runtimeVerdict(podRuntime, readSign);
    // Nothing of anybody's runs, not even the canary, where no pod is around it.
    const probes = runtime.ok ? [runtime, ...(await this.canaryVerdicts(signal))] : [runtime];
    return { provider: this.kind, unsandboxed: false, ok: probes.every(({ ok }) => ok), probes };
  }

  private async canaryVerdicts(signal: AbortSignal): Promise<readonly ProbeResult[]> {
    const { engine } = this.users;
    if (!engine.switched) {
      const detail =
        'The service must be root inside its pod: under its own user, commands could read its keys.';
      return [{ name: 'uid', ok: false, marker: undefined, detail }];
    }
    const dir = join(this.options.stateDir, 'sandbox', `probe-${randomUUID()}`);
    try {
      await mkdir(dir, { recursive: true });
      await adoptWorkspace(dir, engine.uid);
      const facts = await this.canaryFacts(dir, signal);
      const { openFiles = 0 } = probeLimits;
      return podVerdicts(facts, { uid: engine.uid, serviceUid: process.getuid?.() ?? 0, openFiles });
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      return [{ name: 'start', ok: false, marker: undefined, detail }];
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  }

  private async canaryFacts(workspace: string, signal: AbortSignal): Promise<PodFacts> {
    const id = `probe-${randomUUID()}`;
    const session = await this.openUnprobed({ id, workspace, limits: probeLimits, signal });
    const { toolchain, metadata = cloudMetadata } = this.options;
    const { dir } = toolchain;
    const { openFiles, fileSizeBytes } = probeLimits;
    const asked = JSON.stringify({ servicePid: process.pid, workspace, openFiles, fileSizeBytes, metadata });
    try {
      const script = join(dir, 'missions', 'inside', 'pod-canary.js');
      const command = [join(dir, 'bin', 'node'), script, asked] as const;
      const result = await session.run({ command, timeoutMs: probeLimitMs, signal });
      if (result.exitCode !== 0) throw new Error(`The canary did not report: ${result.stderr.slice(0, 500)}`);
      return JSON.parse(result.stdout) as PodFacts;
    } finally {
      await session.close();
    }
  }

  private async openUnprobed(options: SessionOptions): Promise<SandboxSession> {
    const user = await requireUsable(options, this.users);
    const { toolchain, stateDir, findBrowser } = this.options;
    this.open.set(user.uid, (this.open.get(user.uid) ?? 0) + 1);
    const closed = (): Promise<void> => this.afterSession(user);
    const limits = { ...defaultSandboxLimits, ...options.limits };
    const tools = findHostTools();
    return openPlainSession({
      options,
      user,
      toolchain,
      stateDir,
      limits,
      findBrowser,
      confine: { limits, tools },
      closed,
    });
  }

  /** A process that left its group outlives a plain kill; with the last session of its user it goes too. */
  private async afterSession({ uid, switched }: SandboxUser): Promise<void> {
    const left = (this.open.get(uid) ?? 1) - 1;
    this.open.set(uid, left);
    if (left === 0 && switched) await endProcessesOf(uid);
  }
}
