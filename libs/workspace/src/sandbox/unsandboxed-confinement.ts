import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { DomainError } from '@missions/kernel';
import type { SandboxMount } from '../sandbox.ts';
import type { ConfinedPaths, Confinement, LaunchedProcess, ProcessSpec } from './confinement.ts';
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
}

/**
 * No confinement: processes of the host, with its files and its network, under the sandbox's user. Only the environment
 * and the wall clock are kept; a process that leaves its process group outlives the session.
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
      egressSocket: '',
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

  async launch(spec: ProcessSpec): Promise<LaunchedProcess> {
    return startWithStreams(this.pipes, spec, ({ stdin, stdout, stderr }) => {
      if (!this.open) throw new DomainError('SANDBOX_CLOSED', 'The session has ended.');
      const child = spawn('/bin/sh', ['-c', handOver, spec.cwd, ...spec.argv], {
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

  async close(): Promise<void> {
    this.open = false;
    const running = [...this.running];
    for (const process of running) process.kill();
    await Promise.all(running.map(({ ended }) => ended));
    this.end();
  }
}
