import type { ChainedEvent } from '../hash-chain.ts';
import type { PreparedAppend } from '../prepared-append.ts';
import type { EventRow } from '../stored-event.ts';

/** Stands between list entries in one text; neither JSON text nor names contain it. */
export const SEPARATOR = '\x1e';

/** Stands between the texts of several appends. */
export const LIST_SEPARATOR = '\x1d';

/** The columns a reader needs, and no more: every one costs on ten thousand events. */
export const EVENT_COLUMNS = 'stream, version, id, type, schema, token, meta, data';

export interface FeedRow extends EventRow {
  readonly tx: string;
  readonly pos: string;
}

/** The row of the audit: the JSON columns as the text that was written. */
export interface StoredRow extends Omit<EventRow, 'meta' | 'data'> {
  readonly meta: string;
  readonly data: string;
  readonly hash: Buffer;
}

export function chainedOf(row: StoredRow): ChainedEvent {
  return { ...row, token: row.token ?? undefined };
}

/** What is written, as the arguments of `append_events`. */
export function appendArguments(append: PreparedAppend): readonly (string | number | null)[] {
  const { stream, expectedVersion, token, events } = append;
  return [
    stream,
    expectedVersion === 'any' ? null : expectedVersion,
    token ?? null,
    events.map(({ id }) => id).join(SEPARATOR),
    events.map(({ type }) => type).join(SEPARATOR),
    events.map(({ schema }) => schema).join(SEPARATOR),
    events.map(({ meta }) => meta).join(SEPARATOR),
    events.map(({ data }) => data).join(SEPARATOR),
  ];
}
