/** At most one of many is the leader; here it only saves work, nothing depends on it for being right. */
export interface Leadership {
  readonly holds: () => boolean;
  readonly start: () => void;
  /** Gives it up; may be called twice. */
  readonly stop: () => Promise<void>;
}
