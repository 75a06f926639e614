import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { DomainError } from '@missions/kernel';
import type { SandboxLimits, SandboxMount } from '../sandbox.ts';
import type { ConfinedPaths, Confinement, LaunchedProcess, ProcessSpec } from './confinement.ts';
import type { HostTools } from './host-tools.ts';
import { unconfinedProcess } from './launched-process.ts';
import { PipePool } from './pipe-pool.ts';
import { startWithStreams } from './process-streams.ts';
import { insidePaths } from './root-filesystem.ts';
import { spawnIdentity, type SandboxUser } from './sandbox-user.ts';
import type { Toolchain } from './toolchain.ts';

const handOver = 'cd -- "$0" || exit 126; exec "$@"';

export interface UnsandboxedOptions {
  readonly user: SandboxUser;
  readonly workspace: string;
  readonly mounts: readonly SandboxMount[];
  readonly toolchain: Toolchain;
  readonly privateDir: string;
  /** The proxy's socket on this machine; empty without one. */
  readonly egressSocket: string;
  readonly limits: PlainLimits | undefined;
}

export interface PlainLimits {
  readonly limits: SandboxLimits;
  readonly tools: HostTools;
}

/**
 * No confinement: processes of this machine, with its files and its network, under the sandbox's user. Only the
 * environment, the wall clock and, where given, limits are kept; a process that leaves its group outlives the kill.
 */
export class UnsandboxedConfinement implements Confinement {
  readonly paths: ConfinedPaths;
  readonly closed: Promise<void>;
  private readonly pipes: PipePool;
  private readonly running = new Set<LaunchedProcess>();
  private open = true;
  private end: () => void = () => undefined;

  constructor(private readonly options: UnsandboxedOptions) {
    const { workspace, toolchain, privateDir, mounts } = options;
    this.pipes = new PipePool(privateDir);
    this.closed = new Promise((resolve) => (this.end = resolve));
    this.paths = {
      workspace,
      node: join(toolchain.dir, 'bin', 'node'),
      scripts: join(toolchain.dir, 'missions', 'inside'),
      egressSocket: options.egressSocket,
      fileRoots: [workspace, ...mounts.map(({ host }) => host)],
    };
  }

  locate(path: string): string {
    const { workspace, toolchain, mounts } = this.options;
    const places: SandboxMount[] = [
      { host: workspace, inside: insidePaths.workspace },
      { host: toolchain.dir, inside: insidePaths.toolchain },
      ...mounts,
    ];
    const place = places.find(({ inside }) => path === inside || path.startsWith(`${inside}/`));
    return place === undefined ? path : `${place.host}${path.slice(place.inside.length)}`;
  }

  shown({ host }: SandboxMount): string {
    return host;
  }

  async launch(spec: ProcessSpec): Promise<LaunchedProcess> {
    return startWithStreams(this.pipes, spec, ({ stdin, stdout, stderr }) => {
      if (!this.open) throw new DomainError('SANDBOX_CLOSED', 'The session has ended.');
      const [file, ...args] = this.launchLine(spec);
      const child = spawn(file, args, {
        ...spawnIdentity(this.options.user),
        env: { ...spec.env },
        cwd: '/',
        detached: true,
        stdio: [stdin, stdout.writeFd, stderr.writeFd],
      });
      const launched = unconfinedProcess(child, stdout.reader, stderr.reader);
      this.running.add(launched);
      void launched.ended.finally(() => this.running.delete(launched));
      return launched;
    });
  }

  private launchLine({ processes, cwd, argv }: ProcessSpec): [string, ...string[]] {
    const program: [string, ...string[]] = ['/bin/sh', '-c', handOver, cwd, ...argv];
    const { limits: confine } = this.options;
    if (!confine) return program;
    const { limits, tools } = confine;
    return [
      ...([tools.setpriv, '--no-new-privs', '--'] as const),
      ...[tools.prlimit, `--nproc=${String(processes)}`, `--fsize=${String(limits.fileSizeBytes)}`],
      ...[`--cpu=${String(limits.cpuSec)}`, `--nofile=${String(limits.openFiles)}`, '--core=0', '--'],
      ...program,
    ];
  }

  async close(): Promise<void> {
    this.open = false;
    const running = [...this.running];
    for (const process of running) process.kill();
    await Promise.all(running.map(({ ended }) => ended));
    this.end();
  }
}
