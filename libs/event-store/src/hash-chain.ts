import { createHash } from 'node:crypto';
import type { PreparedEvent } from './prepared-append.ts';

/** An event as it lies in the store, with the exact text that was written. */
export interface ChainedEvent extends PreparedEvent {
  readonly stream: string;
  readonly version: number;
  readonly token: number | undefined;
  readonly hash: Uint8Array;
}

/** What the first event of a stream is chained to. */
export const CHAIN_START: Uint8Array = new Uint8Array();

/** The hash of an event: over that of the version before and everything that was written. The same as SQL's `chain_hash`. */
export function chainHash(before: Uint8Array, event: Omit<ChainedEvent, 'hash'>): Uint8Array {
  const { stream, version, id, type, schema, token, meta, data } = event;
  const content = [stream, version, id, type, schema, token ?? '', meta, data].join('\n');
  return createHash('sha256').update(before).update(content).digest();
}
