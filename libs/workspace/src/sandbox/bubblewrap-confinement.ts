import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { DomainError } from '@missions/kernel';
import type { ConfinedPaths, Confinement, LaunchedProcess, ProcessSpec } from './confinement.ts';
import { sendArguments, sendBytes, type Holder } from './holder.ts';
import type { HostTools } from './host-tools.ts';
import { launchedProcess, preferForOutOfMemory } from './launched-process.ts';
import { leakedDescriptors } from './leaked-descriptors.ts';
import { PipePool } from './pipe-pool.ts';
import { startWithStreams, type ProcessStreams } from './process-streams.ts';
import { apartArguments, insidePaths, type RootOptions } from './root-filesystem.ts';
import { seccompFilter } from './seccomp-filter.ts';
import { spawnIdentity, type SandboxUser } from './sandbox-user.ts';
import type { SandboxLimits, SandboxMount } from '../sandbox.ts';

/** Brings bubblewrap the filter of system calls, which it closes before the program starts. */
const filterFd = 6;

/**
 * Runs inside, before the program: says on descriptor 5 that the sandbox stands, so that a sandbox that failed is never
 * taken for a program that exited 1; then goes to the directory and hands over without that descriptor.
 */
const handOver = 'echo >&5; cd -- "$0" || exit 126; exec "$@" 5>&-';

export interface BubblewrapConfinementOptions {
  readonly holder: Holder;
  readonly user: SandboxUser;
  readonly tools: HostTools;
  readonly limits: SandboxLimits;
  /** The supervisor's own directory for named pipes and input. */
  readonly privateDir: string;
  readonly fileRoots: readonly string[];
  /** What the file system of a process apart is made of, and the program that makes it. */
  readonly apart: Pick<RootOptions, 'etcDir' | 'toolchainDir' | 'bwrap'>;
}

/** Every process gets process, ipc, host-name and mount namespaces of its own and joins the network of the holder. */
export class BubblewrapConfinement implements Confinement {
  readonly paths: ConfinedPaths;
  readonly closed: Promise<void>;
  private readonly pipes: PipePool;
  private readonly running = new Set<LaunchedProcess>();
  /** They are not in the holder's process namespace, so its end is not theirs. */
  private readonly apart = new Set<LaunchedProcess>();
  private readonly leaked = leakedDescriptors();
  private readonly filter = seccompFilter();
  private open = true;

  constructor(private readonly options: BubblewrapConfinementOptions) {
    this.pipes = new PipePool(options.privateDir);
    this.paths = {
      workspace: insidePaths.workspace,
      node: `${insidePaths.toolchain}/bin/node`,
      scripts: `${insidePaths.toolchain}/missions/inside`,
      egressSocket: insidePaths.egressSocket,
      fileRoots: options.fileRoots,
    };
    this.closed = options.holder.gone.then(() => {
      this.open = false;
      for (const launched of this.apart) launched.kill();
    });
  }

  async launch(spec: ProcessSpec): Promise<LaunchedProcess> {
    this.requireOpen();
    return startWithStreams(this.pipes, spec, (streams) => {
      this.requireOpen();
      const launched = this.spawn(spec, streams);
      this.running.add(launched);
      if (spec.view === 'apart') this.apart.add(launched);
      void launched.ended.finally(() => this.running.delete(launched) && this.apart.delete(launched));
      return launched;
    });
  }

  locate(path: string): string {
    return path;
  }

  shown({ inside }: SandboxMount): string {
    return inside;
  }

  async close(): Promise<void> {
    this.open = false;
    const ends = [...this.running].map(({ ended }) => ended);
    this.options.holder.kill();
    await this.closed;
    await Promise.all(ends);
  }

  private requireOpen(): void {
    if (!this.open) throw new DomainError('SANDBOX_CLOSED', 'The sandbox session has ended.');
  }

  private spawn(spec: ProcessSpec, streams: ProcessStreams): LaunchedProcess {
    const [file, ...args] = this.launchLine(spec);
    const child = spawn(file, args, {
      ...spawnIdentity(this.options.user),
      env: {},
      cwd: '/',
      detached: true,
      stdio: [
        streams.stdin,
        ...[
          streams.stdout.writeFd,
          streams.stderr.writeFd,
          'pipe' as const,
          'pipe' as const,
          'pipe' as const,
          'pipe' as const,
        ],
      ],
    });
    preferForOutOfMemory(child);
    sendArguments(child, this.confinementArguments(spec));
    sendBytes(child, filterFd, this.filter);
    return launchedProcess(child, streams.stdout.reader, streams.stderr.reader);
  }

  /** Limits first, then the holder's namespaces, then bubblewrap as it lies inside them. */
  private launchLine(spec: ProcessSpec): [string, ...string[]] {
    const { limits, holder, tools, apart } = this.options;
    const namespaces = `/proc/${String(holder.pid)}/ns`;
    // A process apart builds its file system from the host's, whose /proc only knows the host's process ids.
    const [inSession, bwrap] =
      spec.view === 'apart'
        ? [[], apart.bwrap]
        : [[`--mount=${namespaces}/mnt`, `--pid=${namespaces}/pid`], insidePaths.bwrap];
    const line: [string, ...string[]] = [
      tools.prlimit,
      ...[`--nproc=${String(spec.processes)}`, `--fsize=${String(limits.fileSizeBytes)}`],
      ...[`--cpu=${String(limits.cpuSec)}`, `--nofile=${String(openFiles(limits))}`, '--core=0', '--'],
      ...[tools.nsenter, `--user=${namespaces}/user`, `--net=${namespaces}/net`, ...inSession],
      ...['--preserve-credentials', '--'],
      ...[bwrap, '--args', '3', '--json-status-fd', '4', '--'],
      ...['/bin/sh', '-c', handOver, spec.cwd, ...spec.argv],
    ];
    if (this.leaked.length === 0) return line;
    const closing = this.leaked
      .filter((fd) => fd > filterFd)
      .map((fd) => `${String(fd)}>&-`)
      .join(' ');
    return [tools.bash, '-c', `exec ${closing}; exec "$@"`, 'bash', ...line];
  }

  private confinementArguments(spec: ProcessSpec): string[] {
    const { limits } = this.options;
    const hidden = spec.view === 'network' ? [insidePaths.workspace, '/tmp'] : [];
    const files = spec.view === 'apart' ? this.filesApart(spec) : ['--bind', '/', '/', '--proc', '/proc'];
    return [
      ...['--unshare-user', '--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try'],
      ...['--disable-userns', '--die-with-parent', '--new-session', '--hostname', 'sandbox'],
      ...['--seccomp', String(filterFd)],
      ...[...files, '--dev', '/dev'],
      ...['--size', String(limits.tmpBytes), '--perms', '1777', '--tmpfs', '/dev/shm'],
      ...['--remount-ro', '/dev', ...(spec.view === 'apart' ? ['--remount-ro', '/'] : [])],
      ...hidden.flatMap((path) => ['--size', '1048576', '--perms', '0755', '--tmpfs', path]),
      ...Object.entries(spec.env).flatMap(([name, value]) => ['--setenv', name, value]),
      ...['--chdir', '/'],
    ];
  }

  private filesApart({ mounts = [] }: ProcessSpec): string[] {
    const { apart, limits } = this.options;
    return apartArguments({ ...apart, readOnlyMounts: mounts, tmpBytes: limits.tmpBytes });
  }
}

/** A service that is no root cannot give more than it has. */
function openFiles({ openFiles }: SandboxLimits): number {
  const own = Number(/^Max open files\s+\d+\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]);
  return own > 0 ? Math.min(openFiles, own) : openFiles;
}
