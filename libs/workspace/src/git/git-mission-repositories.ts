import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DomainError } from '@missions/kernel';
import type {
  InspectRequest,
  MissionRepositories,
  OpenRequest,
  RepositoryInspection,
} from '../mission-repositories.ts';
import type { ContentLimits, DeliverRequest, Delivery, MissionRepository } from '../mission-repository.ts';
import type { SecretScan } from '../secret-scan.ts';
import { importBundle } from './bundles.ts';
import { deliver } from './delivery.ts';
import { DEFAULT_SEARCH_PATH } from './git-environment.ts';
import { GitMissionRepository } from './git-mission-repository.ts';
import { Git } from './git.ts';
import { inspectLocal } from './inspect-local.ts';
import { inspectRemote, type RemoteAccess } from './inspect-remote.ts';
import { initialise, makeStore, removeAbandoned } from './make-store.ts';
import { sourceAddress } from './source-url.ts';
import { assertStorableId, BASE_REF, repositoryFolder, type Identity, type Store } from './store.ts';
import { removeAllWorkspaces } from './workspaces.ts';

export interface MissionRepositoriesOptions {
  /** Below it everything of Git lies in `repositories/`, readable by the service's user alone. */
  readonly stateDir: string;
  /** Runs over every text before a commit, checkpoint or bundle is made of it. */
  readonly scan: SecretScan;
  /** Author and committer of the mission's commits. */
  readonly identity?: Identity;
  readonly limits?: Partial<ContentLimits>;
  readonly maxBundleBytes?: number;
  /** Where `git` and `ssh` are looked for. */
  readonly searchPath?: string;
  /** Transports for remote repositories; local paths need none. */
  readonly protocols?: readonly string[];
  /** What transports need from the environment, such as `SSH_AUTH_SOCK` or a proxy. */
  readonly remoteEnvironment?: Readonly<Record<string, string>>;
}

const DEFAULT_IDENTITY: Identity = { name: 'Missions', email: 'missions@localhost' };

const DEFAULT_LIMITS: ContentLimits = {
  maxFileBytes: 20 * 1024 * 1024,
  maxChangedBytes: 100 * 1024 * 1024,
  maxFiles: 20_000,
};

const DEFAULT_MAX_BUNDLE_BYTES = 256 * 1024 * 1024;

/** Mission repositories kept by the `git` program on this host. */
export class GitMissionRepositories implements MissionRepositories {
  private readonly root: string;
  private readonly git: Git;
  private readonly remote: RemoteAccess;

  constructor(private readonly options: MissionRepositoriesOptions) {
    this.root = join(resolve(options.stateDir), 'repositories');
    this.git = new Git(options.searchPath ?? DEFAULT_SEARCH_PATH, this.home);
    this.remote = {
      git: this.git,
      protocols: options.protocols ?? ['https', 'ssh'],
      environment: options.remoteEnvironment ?? {},
    };
  }

  async inspectRepository(
    { pathOrUrl, base }: InspectRequest,
    signal?: AbortSignal,
  ): Promise<RepositoryInspection> {
    await this.prepare();
    const address = await sourceAddress(pathOrUrl, this.remote.protocols);
    if (address.kind === 'remote') return inspectRemote({ ...this.remote, url: address.url, base, signal });
    const neutralGitDir = await this.neutralRepository(signal);
    return inspectLocal({ git: this.git, path: address.path, base, neutralGitDir, signal });
  }

  async open(request: OpenRequest, signal?: AbortSignal): Promise<MissionRepository> {
    const store = this.storeOf(request.missionId, request.baseSha);
    await this.prepare();
    await removeAbandoned(store.folder);
    if (!(await this.isReady(store, signal))) await makeStore(store, request, this.remote, signal);
    for (const { sha, load } of request.bundles ?? []) {
      if (sha === request.baseSha) continue;
      await importBundle(store, { sha, bundle: () => load(signal) }, signal);
    }
    return new GitMissionRepository(store);
  }

  async deliver(request: DeliverRequest, signal?: AbortSignal): Promise<Delivery> {
    assertStorableId(request.missionId);
    await this.prepare();
    return deliver({ git: this.git, identity: this.identity }, request, signal);
  }

  async remove(missionId: string): Promise<void> {
    assertStorableId(missionId);
    const folder = join(this.root, missionId);
    await removeAllWorkspaces(folder);
    await rm(folder, { recursive: true, force: true });
  }

  /** A store whose base cannot be read (a disk that lost writes) is moved aside and made again. */
  private async isReady(store: Store, signal?: AbortSignal): Promise<boolean> {
    if ((await stat(store.folder).catch(() => undefined)) === undefined) return false;
    const base = await this.git.commitSha(store, BASE_REF, signal);
    if (base === store.baseSha) return true;
    if (base === undefined) {
      await rename(store.folder, `${store.folder}.damaged-${process.pid}-${Date.now()}`);
      return false;
    }
    throw new DomainError(
      'BASE_MISMATCH',
      `Mission ${store.missionId} starts from ${base}, not ${store.baseSha}.`,
      {
        expected: base,
        given: store.baseSha,
      },
    );
  }

  private storeOf(missionId: string, baseSha: string): Store {
    assertStorableId(missionId);
    const folder = join(this.root, missionId);
    return {
      git: this.git,
      missionId,
      baseSha,
      folder,
      gitDir: repositoryFolder(folder),
      scan: this.options.scan,
      limits: { ...DEFAULT_LIMITS, ...this.options.limits },
      identity: this.identity,
      maxBundleBytes: this.options.maxBundleBytes ?? DEFAULT_MAX_BUNDLE_BYTES,
      hashed: new Map(),
    };
  }

  private get identity(): Identity {
    return this.options.identity ?? DEFAULT_IDENTITY;
  }

  private get home(): string {
    return join(this.root, '.home');
  }

  private async prepare(): Promise<void> {
    await mkdir(this.home, { recursive: true, mode: 0o700 });
  }

  /** An empty repository to look at working trees through; `git init` in one that exists changes nothing. */
  private async neutralRepository(signal?: AbortSignal): Promise<string> {
    const gitDir = join(this.root, '.neutral.git');
    const exists = await stat(join(gitDir, 'info', 'attributes')).catch(() => undefined);
    if (exists === undefined) await initialise({ git: this.git, gitDir }, signal);
    return gitDir;
  }
}
