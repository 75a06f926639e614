import type { ColumnType, Generated } from 'kysely';
import type { Provenance } from '@missions/kernel';

type ReadOnly<T> = ColumnType<T, never, never>;

/** Table `event`: read with kysely where a query of one's own is needed, written only through `EventStore`. */
export interface EventTable {
  readonly tx: ReadOnly<string>;
  readonly pos: ReadOnly<string>;
  readonly at: ReadOnly<Date>;
  readonly version: ReadOnly<number>;
  readonly schema: ReadOnly<number>;
  readonly token: ReadOnly<number | null>;
  readonly stream: ReadOnly<string>;
  readonly id: ReadOnly<string>;
  readonly type: ReadOnly<string>;
  readonly meta: ReadOnly<Omit<Provenance, 'token'>>;
  readonly data: ReadOnly<unknown>;
  readonly hash: ReadOnly<Buffer>;
}

export interface ArtifactTable {
  readonly digest: string;
  readonly media_type: string;
  readonly size: number;
  readonly at: Generated<Date>;
}

export interface ArtifactChunkTable {
  readonly digest: string;
  readonly seq: number;
  readonly bytes: Buffer;
}

/** The tables of migration 0001. */
export interface EventLogTables {
  readonly event: EventTable;
  readonly artifact: ArtifactTable;
  readonly artifact_chunk: ArtifactChunkTable;
}
