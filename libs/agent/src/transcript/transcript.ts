import type { TranscriptFact } from './facts.ts';

/** The durable record of one run, held by one holder under one fencing token. */
export interface Transcript {
  /** Reads all facts, oldest first, with long texts restored. Call it once, before the first append. */
  load(): Promise<readonly TranscriptFact[]>;
  /**
   * Appends facts in one commit. Rejects with `DomainError('STALE_TOKEN')` when a newer holder exists and with a
   * `ConcurrencyError` when somebody else appended since; a repeat after a lost acknowledgement changes nothing.
   */
  append(facts: readonly TranscriptFact[]): Promise<void>;
  /** Keeps a text that leaves the conversation as an artifact. Idempotent; it is durable when this resolves. */
  keep(text: string): Promise<{ readonly digest: string; readonly bytes: number }>;
}
