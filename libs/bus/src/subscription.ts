/** Something that listens until it is stopped. */
export interface Subscription {
  /** Takes no more, waits for what is being handled, then resolves; may be called twice. */
  readonly stop: () => Promise<void>;
}
