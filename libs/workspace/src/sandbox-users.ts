/** Uids that belong to nobody but sandboxes; without effect when the service is not root. */
export interface UidRange {
  readonly first: number;
  readonly count: number;
}

/** High enough to belong to nobody, the same on every host. */
export const defaultSandboxUids: UidRange = { first: 64_100, count: 200 };
