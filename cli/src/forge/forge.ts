/** A pull request on GitHub, a merge request on GitLab. */
export interface PullRequest {
  readonly number: number;
  readonly url: string;
  readonly state: 'open' | 'closed' | 'merged';
}

export interface PullRequestDraft {
  readonly head: string;
  readonly base: string;
  readonly title: string;
  readonly body: string;
  readonly draft: boolean;
}

export interface ForgeRepository {
  /** Where it is reached over HTTPS. */
  readonly url: string;
  readonly defaultBranch: string;
}

/**
 * What is needed of a forge, through its REST API and nothing else.
 *
 * Every call has a limit, waits out a short rate limit, and asks again where the server is away and asking twice does no harm.
 * Rejects with a `CliError`: FORGE_AUTH, FORGE_NOT_FOUND, FORGE_RATE_LIMITED, FORGE_UNAVAILABLE, FORGE_REFUSED.
 */
export interface Forge {
  readonly name: string;
  /** Most characters of a pull request's text. */
  readonly maxBodyCharacters: number;
  /** The request that `create` would send, for somebody who wants to see it first. */
  readonly preview: (draft: PullRequestDraft) => ForgeCall;
  readonly repository: () => Promise<ForgeRepository>;
  /** The one of this branch; an open one before any other, then the newest. */
  readonly find: (head: string) => Promise<PullRequest | undefined>;
  /** Rejects with FORGE_EXISTS when there is one already: it was made meanwhile. */
  readonly create: (draft: PullRequestDraft) => Promise<PullRequest>;
  readonly update: (number: number, draft: PullRequestDraft) => Promise<PullRequest>;
  /** What Git sends to the forge's own server. */
  readonly credentials: { readonly username: string; readonly password: string };
}

export interface ForgeCall {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT';
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
}

export interface ForgeOptions {
  readonly apiUrl: string;
  /** `owner/name` */
  readonly repository: string;
  readonly token: string;
  readonly signal: AbortSignal;
  /** How a rate limit and a server that is away are waited out. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Newest last, an open one at the very end: the one to go on with. */
export function theOneToUse(found: readonly PullRequest[]): PullRequest | undefined {
  return found.find(({ state }) => state === 'open') ?? found.toSorted((a, b) => b.number - a.number)[0];
}
