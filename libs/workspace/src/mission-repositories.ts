import type { DeliverRequest, Delivery, MissionRepository } from './mission-repository.ts';

/** What a repository a person named looks like before a mission starts from it; nothing in it is changed or run. */
export interface RepositoryInspection {
  readonly kind: 'local' | 'remote';
  /** The absolute path of a local repository, or the URL of a remote one. */
  readonly url: string;
  /** `undefined` when the head is detached and no base was named. */
  readonly baseBranch: string | undefined;
  /** The commit the mission starts from; for an empty repository `EMPTY_BASE_SHA`. */
  readonly baseSha: string;
  readonly empty: boolean;
  /** Uncommitted changes exist; they are not part of the mission. */
  readonly dirty: boolean;
  readonly detached: boolean;
  /** Sentences for the person: what is odd here and what it means for the mission. */
  readonly notes: readonly string[];
}

export interface InspectRequest {
  readonly pathOrUrl: string;
  /** A branch, tag or commit; the checked-out branch by default. */
  readonly base?: string;
}

/** A bundle of one step of a mission, loaded from the artifact store only when the objects are missing here. */
export interface StoredBundle {
  /** The commit the bundle must contain. */
  readonly sha: string;
  readonly load: (signal?: AbortSignal) => Promise<Uint8Array>;
}

export interface OpenRequest {
  readonly missionId: string;
  /** Path or URL the mission came from; tried first for the base, not needed when a base bundle exists. */
  readonly source?: string;
  readonly baseSha: string;
  /** Base first, then in the order they were made; those already here are not loaded. */
  readonly bundles?: readonly StoredBundle[];
}

/**
 * The Git repositories of missions on this host: one private store per mission, below the state directory.
 *
 * Git is hostile input here: no hook, filter, helper or configuration of a repository ever runs.
 * Every operation ends by a limit of its own, or at once when its signal aborts, and leaves no process behind.
 */
export interface MissionRepositories {
  /**
   * Reads what a person pointed at.
   * Refuses: REPOSITORY_NOT_FOUND, NOT_A_REPOSITORY, BRANCH_NOT_FOUND (with the nearest name), REMOTE_UNREACHABLE,
   * UNSUPPORTED_URL, REPOSITORY_DAMAGED.
   */
  inspectRepository(request: InspectRequest, signal?: AbortSignal): Promise<RepositoryInspection>;
  /**
   * Opens a mission's store, making it from the source or from bundles when this host has none; idempotent, and safe
   * when several processes do it at once. Refuses BASE_UNREACHABLE when neither source nor bundles hold the base.
   */
  open(request: OpenRequest, signal?: AbortSignal): Promise<MissionRepository>;
  /**
   * Brings a mission's branch into a person's local repository from bundles alone, without a store on this host.
   * Refuses as `MissionRepository.publishToSource` does.
   */
  deliver(request: DeliverRequest, signal?: AbortSignal): Promise<Delivery>;
  /** Deletes a mission's store and the workspaces it laid out; a mission unknown here is fine. */
  remove(missionId: string): Promise<void>;
}

/** The root commit every mission on an empty repository starts from: an empty tree, the same on every host. */
export const EMPTY_BASE_SHA = 'c25816a88530e23651e2a4c1cc7de25b166a0ef9';
