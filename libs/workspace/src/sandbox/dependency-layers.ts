import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, lstat, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DomainError } from '@missions/kernel';
import type { EgressUse } from '../sandbox-egress.ts';
import type { CommandResult, SandboxLimits, SandboxProvider, SandboxSession } from '../sandbox.ts';
import type { DependencyLayer, DependencyLayers, LayerRequest } from '../sandbox-layers.ts';
import { adoptWorkspace } from './adopt-workspace.ts';
import { insidePaths } from './root-filesystem.ts';
import type { SandboxUser } from './sandbox-user.ts';

const copyLimitMs = 300_000;
const cacheHome = '/home/agent';
const layerLimits: Partial<SandboxLimits> = {
  processes: 2_048,
  fileSizeBytes: 8 * 1024 ** 3,
  workspaceBytes: 64 * 1024 ** 3,
};

export interface DependencyLayersOptions {
  readonly stateDir: string;
  readonly provider: SandboxProvider;
  /** Builds a layer whose snapshot still belongs to root; else the snapshot's owner does. */
  readonly user: SandboxUser;
}

/** Layers on this host's disk. Every copy is made inside a sandbox, so no link in a tree leads the engine anywhere. */
export class SandboxedLayers implements DependencyLayers {
  private readonly root: string;

  constructor(private readonly options: DependencyLayersOptions) {
    this.root = join(options.stateDir, 'layers');
  }

  async prepare(request: LayerRequest): Promise<DependencyLayer> {
    requireKey(request.key);
    const dir = join(this.root, request.key);
    if (!existsSync(dir)) await this.build(request, dir);
    return { key: request.key, layerDir: join(dir, 'files'), log: await readFile(join(dir, 'log'), 'utf8') };
  }

  async copyInto(layer: DependencyLayer, workspace: string): Promise<void> {
    const mount = { host: layer.layerDir, inside: '/layer' };
    const session = await this.options.provider.openSession({
      id: `layer-${randomUUID()}`,
      workspace,
      readOnlyMounts: [mount],
      limits: layerLimits,
    });
    try {
      requireDone(await copyTree(session, '/layer'), 'The dependency layer could not be copied');
    } finally {
      await session.close();
    }
  }

  private async build(request: LayerRequest, dir: string): Promise<void> {
    await mkdir(this.root, { recursive: true });
    await chmod(this.root, 0o711);
    const draft = join(this.root, `draft-${randomUUID()}`);
    try {
      const log = await this.fill(request, draft);
      await writeFile(join(draft, 'log'), log);
      await rm(join(draft, 'home'), { recursive: true, force: true });
      // Another replica may have been first; its layer is as good.
      await rename(draft, dir).catch((error: unknown) => {
        if (!existsSync(dir)) throw error;
      });
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
  }

  private async fill(request: LayerRequest, draft: string): Promise<string> {
    const [files, home] = [join(draft, 'files'), join(draft, 'home')];
    for (const dir of [files, home]) await mkdir(dir, { recursive: true });
    await chmod(draft, 0o711);
    const owner = (await lstat(request.snapshot)).uid || this.options.user.uid;
    for (const dir of [files, home]) await adoptWorkspace(dir, owner);
    const session = await this.options.provider.openSession({
      id: `layer-${randomUUID()}`,
      workspace: files,
      readOnlyMounts: [{ host: request.snapshot, inside: '/snapshot' }],
      // On disk: a package manager's cache would fill the /tmp that lies in memory.
      writableMounts: [{ host: home, inside: cacheHome }],
      ...(request.env ? { env: request.env } : {}),
      limits: { ...layerLimits, wallClockMs: Math.max(request.timeoutMs, copyLimitMs) },
      ...(request.egress ? { egress: request.egress } : {}),
      signal: request.signal,
    });
    try {
      return await setUp(session, request);
    } finally {
      await session.close();
    }
  }
}

async function setUp(session: SandboxSession, request: LayerRequest): Promise<string> {
  const { command, timeoutMs, signal } = request;
  requireDone(await copyTree(session, '/snapshot'), 'The snapshot could not be copied');
  const env = { HOME: session.locate(cacheHome) };
  const result = await session.run({ command, env, timeoutMs, signal });
  const log = `$ ${command}\n${result.stdout}${result.stderr}${egressLines(session.takeEgress())}`;
  if (result.exitCode !== 0) throw setUpFailed(command, result, log);
  const script = session.locate(`${insidePaths.toolchain}/missions/inside/subtract-tree.js`);
  const node = session.locate(`${insidePaths.toolchain}/bin/node`);
  const subtracted = await session.run({
    command: [node, script, session.locate(insidePaths.workspace), session.locate('/snapshot')],
    timeoutMs: copyLimitMs,
  });
  requireDone(subtracted, 'The result of the set-up could not be separated');
  const workspace = session.locate(insidePaths.workspace);
  // Other missions, each with a user of its own, copy from it.
  const opened = await session.run({
    command: ['chmod', '-R', 'a+rX', '--', workspace],
    timeoutMs: copyLimitMs,
  });
  requireDone(opened, 'The result of the set-up could not be opened to be read');
  return log;
}

/** A layer's log is its only record, so the hosts that the set-up asked for stand in it. */
function egressLines(uses: readonly EgressUse[]): string {
  return uses
    .map(({ host, port, allowed, reason, count }) => {
      const decision = allowed ? 'let out' : `refused (${reason})`;
      return `egress: ${host}:${String(port)} ${decision}, ${String(count)} times\n`;
    })
    .join('');
}

function copyTree(session: SandboxSession, from: string): Promise<CommandResult> {
  const command = [
    'cp',
    '-a',
    '--no-clobber',
    '--reflink=auto',
    '--',
    `${session.locate(from)}/.`,
    session.locate(insidePaths.workspace),
  ] as const;
  return session.run({ command, timeoutMs: copyLimitMs });
}

function requireDone(result: CommandResult, problem: string): void {
  if (result.exitCode === 0 || onlySkipped(result)) return;
  const detail = result.killedBy ?? result.stderr.slice(0, 2_000);
  throw new DomainError('ENVIRONMENT', `${problem}: ${detail}`, {
    exitCode: result.exitCode,
    log: result.stderr,
  });
}

/** Some releases of cp exit 1 when `--no-clobber` left a file alone, which is what it was asked to do. */
function onlySkipped({ exitCode, stderr }: CommandResult): boolean {
  const lines = stderr.split('\n').filter(Boolean);
  return exitCode === 1 && lines.length > 0 && lines.every((line) => line.includes('not replacing'));
}

function setUpFailed(command: string, { exitCode, killedBy }: CommandResult, log: string): DomainError {
  const how = killedBy === undefined ? `exited ${String(exitCode)}` : `was stopped (${killedBy})`;
  return new DomainError('ENVIRONMENT', `The environment's set-up \`${command}\` ${how}.`, {
    exitCode,
    killedBy,
    log,
  });
}

function requireKey(key: string): void {
  if (!/^[\w-]{1,128}$/.test(key))
    throw new DomainError('ENVIRONMENT', `${key} is not the key of a dependency layer.`, { key });
}

/** The key of a layer: the same command, lockfiles and programs give the same dependencies. */
export function layerKey(
  command: string,
  lockfiles: Readonly<Record<string, string>>,
  toolchainKey: string,
): string {
  const sorted = Object.entries(lockfiles).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([command, sorted, toolchainKey]))
    .digest('hex');
}
