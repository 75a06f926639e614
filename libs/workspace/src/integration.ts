/** The last accepted commit of another mission, whose objects are in the store already. */
export interface ForeignWork {
  readonly missionId: string;
  readonly sha: string;
}

export interface IntegrateRequest {
  /** Where this mission's work stands. */
  readonly ours: string;
  /** In the order in which they are merged; what is contained already is left out. */
  readonly theirs: readonly ForeignWork[];
}

/** A file that two sides changed in ways that do not go together. */
export interface MergeConflict {
  readonly path: string;
  /** As Git calls it: `contents`, `modify/delete`, `rename/delete`, `binary`, `add/add`, … */
  readonly kind: string;
  /** What Git says of it, and what it kept. */
  readonly detail: string;
  /** Whose work it conflicts with. */
  readonly missionId: string;
}

export interface Integration {
  /** The commit to start from: `ours` where there was nothing to merge. */
  readonly sha: string;
  readonly merged: readonly ForeignWork[];
  /** Files that carry conflict markers, or of which only one side was kept. */
  readonly conflicts: readonly MergeConflict[];
}

export interface CarryRequest {
  /** A checkpoint whose bundle has been imported. */
  readonly checkpointSha: string;
  /** The commit to go on from, other than the one the checkpoint was taken on. */
  readonly onto: string;
  /** Named in conflicts: the checkpoint is this mission's own. */
  readonly missionId: string;
}
