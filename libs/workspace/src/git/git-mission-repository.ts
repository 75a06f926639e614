import type { BundleRange } from '../bundle-range.ts';
import type { CarryRequest, IntegrateRequest, Integration } from '../integration.ts';
import type * as port from '../mission-repository.ts';
import { importBundle, makeBundle, type BundleImport } from './bundles.ts';
import { commitWorktree, takeCheckpoint } from './commits.ts';
import { publish } from './delivery.ts';
import { diffOf } from './diff.ts';
import { moveHead } from './head.ts';
import { findCommit, historyOf } from './history.ts';
import { carry, integrate } from './integrate.ts';
import { InTurn } from './in-turn.ts';
import { pushBranch } from './push.ts';
import { readRefs } from './refs.ts';
import { branchOf, branchRef, type Store } from './store.ts';
import { blobsOf, contentOf, filesOf } from './tree-content.ts';
import { layOut, removeWorkspace } from './workspaces.ts';

/** A mission's repository as a bare Git repository below the state directory. */
export class GitMissionRepository implements port.MissionRepository {
  readonly missionId: string;
  readonly gitDir: string;
  readonly baseSha: string;
  readonly branch: string;
  /** Ref moves of one process take turns; between processes Git's own locks decide. */
  private readonly refs = new InTurn();

  constructor(private readonly store: Store) {
    this.missionId = store.missionId;
    this.gitDir = store.gitDir;
    this.baseSha = store.baseSha;
    this.branch = branchOf(store.missionId);
  }

  prepareWorktree(request: port.PrepareWorktreeRequest, signal?: AbortSignal): Promise<void> {
    return layOut(this.store, { sha: request.fromSha, directory: request.directory }, signal);
  }

  commit(request: port.CommitRequest, signal?: AbortSignal): Promise<port.Commit> {
    return commitWorktree(this.store, request, signal);
  }

  findCommit(request: port.FindCommitRequest, signal?: AbortSignal): Promise<port.MissionCommit | undefined> {
    return findCommit(this.store, request, signal);
  }

  checkpoint(request: port.CheckpointRequest, signal?: AbortSignal): Promise<port.Checkpoint> {
    return takeCheckpoint(this.store, request, signal);
  }

  async restore(request: port.RestoreRequest, signal?: AbortSignal): Promise<void> {
    const { bundle, sha, directory } = request;
    if (bundle !== undefined) await importBundle(this.store, { bundle, sha }, signal);
    await layOut(this.store, { sha, directory }, signal);
  }

  integrate(request: IntegrateRequest, signal?: AbortSignal): Promise<Integration> {
    return integrate(this.store, request, signal);
  }

  carry(request: CarryRequest, signal?: AbortSignal): Promise<Integration> {
    return carry(this.store, request, signal);
  }

  bundle(range: BundleRange, signal?: AbortSignal): Promise<Uint8Array> {
    return makeBundle(this.store, range, signal);
  }

  bundleBase(signal?: AbortSignal): Promise<Uint8Array> {
    return makeBundle(this.store, { to: this.baseSha }, signal);
  }

  importBundle(request: BundleImport, signal?: AbortSignal): Promise<void> {
    return importBundle(this.store, request, signal);
  }

  async hasCommit(sha: string, signal?: AbortSignal): Promise<boolean> {
    return (await this.store.git.commitSha(this.store, sha, signal)) === sha;
  }

  moveHead(request: port.MoveHeadRequest, signal?: AbortSignal): Promise<port.HeadMove> {
    return this.refs.run(() => moveHead(this.store, request, signal));
  }

  async head(signal?: AbortSignal): Promise<string | undefined> {
    const ref = branchRef(this.missionId);
    return (await readRefs(this.store, [ref], signal)).get(ref);
  }

  publishToSource(request: port.PublishRequest, signal?: AbortSignal): Promise<port.Delivery> {
    return this.refs.run(() => publish(this.store, request, signal));
  }

  push(request: port.PushRequest, signal?: AbortSignal): Promise<port.Delivery> {
    return pushBranch(this.store, request, signal);
  }

  diff(request: port.DiffRequest, signal?: AbortSignal): Promise<port.Diff> {
    return diffOf(this.store, request, signal);
  }

  history(range: BundleRange, signal?: AbortSignal): Promise<readonly port.MissionCommit[]> {
    return historyOf(this.store, range, signal);
  }

  readFile(
    at: { readonly sha: string; readonly path: string },
    signal?: AbortSignal,
  ): Promise<port.CommittedContent | undefined> {
    return contentOf(this.store, at, signal);
  }

  listFiles(
    at: { readonly sha: string; readonly directory?: string },
    signal?: AbortSignal,
  ): Promise<readonly port.CommittedFile[]> {
    return filesOf(this.store, at, signal);
  }

  readBlobs(blobs: readonly string[], signal?: AbortSignal): Promise<ReadonlyMap<string, Uint8Array>> {
    return blobsOf(this.store, blobs, signal);
  }

  checkoutClean(request: port.CheckoutRequest, signal?: AbortSignal): Promise<void> {
    return layOut(this.store, request, signal);
  }

  async removeWorkspace({ directory }: { readonly directory: string }): Promise<void> {
    await removeWorkspace(this.store.folder, directory);
    this.store.hashed.delete(directory);
  }
}
