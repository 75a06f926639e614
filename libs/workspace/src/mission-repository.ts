import type { BundleRange } from './bundle-range.ts';
import type { CarryRequest, IntegrateRequest, Integration } from './integration.ts';
import type { SecretFinding } from './secret-scan.ts';

/** What ties a commit to the facts in the log. */
export interface CommitTrailers {
  readonly mission: string;
  readonly feature: string;
  readonly attempt: number;
  readonly run: string;
  /** The fencing token of the run that made the commit. */
  readonly fence: number;
}

/** Limits on what one commit may add or change. */
export interface ContentLimits {
  readonly maxFileBytes: number;
  readonly maxChangedBytes: number;
  readonly maxFiles: number;
}

export interface PrepareWorktreeRequest {
  readonly runId: string;
  readonly fromSha: string;
  /** Absolute; must not exist, be empty, or be a workspace this store laid out before (it is then made anew). */
  readonly directory: string;
}

export interface WorktreeSnapshot {
  readonly runId: string;
  readonly directory: string;
  readonly parentSha: string;
  /** Directories that are not the run's work, such as a dependency layer; relative, tracked files in them stay as in the parent. */
  readonly exclude?: readonly string[];
}

export interface CommitRequest extends WorktreeSnapshot {
  readonly message: string;
  readonly trailers: CommitTrailers;
  /** ISO instant of the turn event: the same inputs give the same object id. */
  readonly authoredAt: string;
  readonly mayBeEmpty?: boolean;
}

export type ChangeStatus = 'added' | 'modified' | 'deleted' | 'renamed' | 'type_changed';

export interface ChangedFile {
  readonly path: string;
  readonly status: ChangeStatus;
  /** The path before a rename. */
  readonly previousPath?: string;
  /** Lines; `undefined` for a binary file. */
  readonly additions: number | undefined;
  readonly deletions: number | undefined;
}

export interface Commit {
  readonly sha: string;
  readonly parentSha: string;
  readonly filesChanged: readonly ChangedFile[];
  /** True when an earlier call had made the same commit for this feature and attempt. */
  readonly existed: boolean;
}

export interface CheckpointRequest extends WorktreeSnapshot {
  readonly turn: number;
  /** ISO instant of the turn event. */
  readonly at: string;
  /** An ancestor of the parent that every host has; the bundle then brings the parent, too. */
  readonly bundleFrom?: string;
}

/** What a checkpoint left out, because a commit would refuse it. */
export interface OmittedPath {
  readonly path: string;
  readonly code: string;
}

export interface Checkpoint {
  readonly sha: string;
  /** A Git bundle against the parent. */
  readonly bundle: Uint8Array;
  readonly omitted: readonly OmittedPath[];
}

export interface RestoreRequest {
  readonly runId: string;
  readonly directory: string;
  /** The checkpoint's commit, or any other of the mission. */
  readonly sha: string;
  /** Needed only where the commit is not in the store yet. */
  readonly bundle?: Uint8Array;
}

export interface FindCommitRequest {
  readonly feature: string;
  readonly attempt: number;
  /** The head to search from, as the log says; by default the mission's branch and every commit made on this host. */
  readonly head?: string;
}

export interface MissionCommit {
  readonly sha: string;
  readonly parentShas: readonly string[];
  readonly authoredAt: string;
  readonly subject: string;
  readonly message: string;
  /** `undefined` for a commit no mission made. */
  readonly trailers: CommitTrailers | undefined;
}

export interface MoveHeadRequest {
  readonly to: string;
  /** Where the branch is now; `undefined`: it does not exist yet. */
  readonly expected: string | undefined;
  readonly token: number;
}

export interface HeadMove {
  readonly branch: string;
  readonly sha: string;
  /** False when the branch was there already. */
  readonly moved: boolean;
}

export interface PublishRequest {
  readonly sourcePath: string;
  readonly sha: string;
  /** Where the branch is now in the person's repository; `undefined`: it does not exist there yet. */
  readonly expected: string | undefined;
  readonly token: number;
}

export interface DeliverRequest {
  readonly missionId: string;
  readonly sourcePath: string;
  readonly sha: string;
  readonly expected: string | undefined;
  /** Oldest first; the first may rest on any commit the person's repository has. */
  readonly bundles: readonly Uint8Array[];
}

export interface Delivery {
  readonly branch: string;
  readonly sha: string;
  readonly moved: boolean;
}

export interface PushRequest {
  /** URL or path of the repository that gets the branch: https, ssh, a path, or http on this machine. */
  readonly remote: string;
  readonly sha: string;
  /** Commits at which the branch may be now: the mission's own. */
  readonly ours: readonly string[];
  /** For HTTP; given to this server alone, and never as an argument of a process. */
  readonly credentials?: { readonly username: string; readonly password: string };
  /** What the transport needs from the environment, such as `SSH_AUTH_SOCK`. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface DiffRequest {
  /** `undefined`: against the empty tree. */
  readonly from: string | undefined;
  readonly to: string;
  readonly paths?: readonly string[];
  readonly maxPatchBytes?: number;
  /** Changes of binary files are written out, so that the patch can be applied; else they are only named. */
  readonly binary?: boolean;
}

export interface Diff {
  readonly files: readonly ChangedFile[];
  readonly patch: string;
  readonly truncated: boolean;
}

export type CommittedKind = 'file' | 'executable' | 'symlink' | 'submodule';

export interface CommittedFile {
  readonly path: string;
  readonly kind: CommittedKind;
  /** `undefined` for a submodule. */
  readonly bytes: number | undefined;
  readonly blob: string;
}

export interface CommittedContent {
  readonly kind: CommittedKind;
  /** For a symlink its target. */
  readonly content: Uint8Array;
}

export interface CheckoutRequest {
  readonly sha: string;
  readonly directory: string;
}

/**
 * One mission's own repository. Agents never see it: they get plain files, and only the supervisor commits.
 *
 * All commits are content-addressed and may be made by anyone; what counts is a ref, and refs move only by
 * compare-and-set under a fence. Calls may run at the same time, also from several processes of one host.
 */
export interface MissionRepository {
  readonly missionId: string;
  readonly gitDir: string;
  readonly baseSha: string;
  /** `missions/<id>`, in this store and in the person's repository. */
  readonly branch: string;

  /**
   * Lays out the exact bytes of a commit as plain files, without a `.git`.
   * Refuses WORKSPACE_NOT_EMPTY, COMMIT_NOT_FOUND.
   */
  prepareWorktree(request: PrepareWorktreeRequest, signal?: AbortSignal): Promise<void>;
  /**
   * Commits what lies in the directory: tracked files, and new ones that no `.gitignore` names. Reading never follows
   * a link out of the directory, whatever runs in it at the time. The same tree for the same feature and attempt
   * gives the commit made before; another tree replaces it, unless it was made under a higher fence (STALE_TOKEN).
   * Refuses NO_CHANGES, SECRET_FOUND, SYMLINK_ESCAPES, NESTED_REPOSITORY, SUBMODULE_CHANGED, UNSAFE_PATH,
   * UNSUPPORTED_FILE, FILE_TOO_LARGE, TOO_MANY_CHANGES, COMMIT_NOT_FOUND.
   */
  commit(request: CommitRequest, signal?: AbortSignal): Promise<Commit>;
  /** The commit of a feature's attempt, newest fence first; `undefined` when there is none. */
  findCommit(request: FindCommitRequest, signal?: AbortSignal): Promise<MissionCommit | undefined>;
  /** Captures the directory for a takeover; what a commit would refuse is left out and named, never an error. */
  checkpoint(request: CheckpointRequest, signal?: AbortSignal): Promise<Checkpoint>;
  /** Lays out a checkpoint as a fresh worktree. Files that Git ignores are not part of it. */
  restore(request: RestoreRequest, signal?: AbortSignal): Promise<void>;
  /**
   * Merges other missions' commits, whose objects are here, into this one's; no ref moves. The same commits give the same
   * merge, conflicts included. Refuses COMMIT_NOT_FOUND, SYMLINK_ESCAPES.
   */
  integrate(request: IntegrateRequest, signal?: AbortSignal): Promise<Integration>;
  /** A checkpoint's work on top of another commit, to be laid out. Refuses COMMIT_NOT_FOUND, SYMLINK_ESCAPES. */
  carry(request: CarryRequest, signal?: AbortSignal): Promise<Integration>;

  /** Refuses BUNDLE_TOO_LARGE, SECRET_FOUND. */
  bundle(range: BundleRange, signal?: AbortSignal): Promise<Uint8Array>;
  /** The base with its history, for hosts that cannot reach the person's repository. */
  bundleBase(signal?: AbortSignal): Promise<Uint8Array>;
  /** Takes a bundle in and proves that the commit and all it needs are here; refuses BUNDLE_INVALID. Idempotent. */
  importBundle(
    request: { readonly bundle: Uint8Array | (() => Promise<Uint8Array>); readonly sha: string },
    signal?: AbortSignal,
  ): Promise<void>;
  hasCommit(sha: string, signal?: AbortSignal): Promise<boolean>;

  /**
   * Moves `missions/<id>` in the store, with the fence checked in the same transaction; idempotent.
   * Refuses STALE_TOKEN, HEAD_MOVED (expected, actual), COMMIT_NOT_FOUND.
   */
  moveHead(request: MoveHeadRequest, signal?: AbortSignal): Promise<HeadMove>;
  /** Where the store's branch is; a projection, the truth is in the log. */
  head(signal?: AbortSignal): Promise<string | undefined>;
  /**
   * Creates or moves `missions/<id>` in the person's repository: objects and that one ref, never its checkout,
   * index, HEAD or configuration. Idempotent.
   * Refuses BRANCH_MOVED (expected, actual), BRANCH_CHECKED_OUT, BRANCH_NAME_TAKEN, STALE_TOKEN and what
   * inspecting the repository refuses.
   */
  publishToSource(request: PublishRequest, signal?: AbortSignal): Promise<Delivery>;
  /**
   * Creates or moves `missions/<id>` in a repository elsewhere, by compare-and-set from where it is; idempotent. What the
   * mission's own runs made is scanned again: it is about to leave this host.
   * Refuses BRANCH_MOVED (somebody else's commit is there), PUSH_REFUSED, REMOTE_UNREACHABLE, UNSUPPORTED_URL, SECRET_FOUND.
   */
  push(request: PushRequest, signal?: AbortSignal): Promise<Delivery>;

  diff(request: DiffRequest, signal?: AbortSignal): Promise<Diff>;
  /** Commits reachable from `to` and not from `from`, newest first. */
  history(
    range: { readonly from?: string; readonly to: string },
    signal?: AbortSignal,
  ): Promise<readonly MissionCommit[]>;
  /** `undefined` when the commit has no such file. */
  readFile(
    at: { readonly sha: string; readonly path: string },
    signal?: AbortSignal,
  ): Promise<CommittedContent | undefined>;
  listFiles(
    at: { readonly sha: string; readonly directory?: string },
    signal?: AbortSignal,
  ): Promise<readonly CommittedFile[]>;
  /**
   * Contents by the `blob` of their listing, all by one process; one that the store does not hold is left out. Together they
   * stay in memory, so ask only for what the listing says is small.
   */
  readBlobs(blobs: readonly string[], signal?: AbortSignal): Promise<ReadonlyMap<string, Uint8Array>>;

  /** Lays out exactly the files of a commit for a validator or a proof; otherwise as `prepareWorktree`. */
  checkoutClean(request: CheckoutRequest, signal?: AbortSignal): Promise<void>;
  /** Deletes a directory this store laid out; refuses NOT_A_WORKSPACE elsewhere. One already gone is fine. */
  removeWorkspace(request: { readonly directory: string }): Promise<void>;
}

/** The evidence of SECRET_FOUND: where, never what. */
export interface SecretFoundEvidence {
  readonly findings: readonly (SecretFinding & { readonly file: string })[];
}
