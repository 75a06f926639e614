import type { NewEvent } from '@missions/kernel';
import type pg from 'pg';

/**
 * The floor of the log: a table that keeps the same bytes under one key and promises nothing else. No expected version, no
 * order of the feed, no ids, no hash, no checks of who writes what.
 */
export const PLAIN_TABLE = `
  create table plain (
    stream text not null,
    version integer not null,
    id text not null,
    type text not null,
    schema integer not null,
    meta json not null,
    data json not null,
    primary key (stream, version)
  );
  grant select, insert on plain to public`;

const INSERT = {
  name: 'bench_insert',
  text: 'insert into plain (stream, version, id, type, schema, meta, data) values ($1, $2, $3, $4, $5, $6, $7)',
};
const INSERT_MANY = {
  name: 'bench_insert_many',
  text: `insert into plain (stream, version, id, type, schema, meta, data)
    select $1, version, id, type, schema, meta::json, data::json
    from unnest($2::integer[], $3::text[], $4::text[], $5::integer[], $6::text[], $7::text[])
      as e(version, id, type, schema, meta, data)`,
};
const SELECT = {
  name: 'bench_select',
  text: 'select stream, version, id, type, schema, meta, data from plain where stream = $1 order by version',
};

/** Prepared statements on the plain table, over the same driver and pool as the event store's. */
export class PlainTable {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  async insert(stream: string, version: number, event: NewEvent): Promise<void> {
    const { id, type, schema } = event;
    const values = [stream, version, id, type, schema, metaOf(event), JSON.stringify(event.data)];
    await this.#pool.query({ ...INSERT, values });
  }

  /** Several rows in one statement, in the form found faster than a list of values. */
  async insertMany(stream: string, first: number, events: readonly NewEvent[]): Promise<void> {
    const values = [
      stream,
      events.map((_, index) => first + index),
      events.map(({ id }) => id),
      events.map(({ type }) => type),
      events.map(({ schema }) => schema),
      events.map(metaOf),
      events.map(({ data }) => JSON.stringify(data)),
    ];
    await this.#pool.query({ ...INSERT_MANY, values });
  }

  async select(stream: string): Promise<number> {
    const { rows } = await this.#pool.query({ ...SELECT, values: [stream] });
    return rows.length;
  }
}

function metaOf({ occurredAt, actor, correlationId, causationId }: NewEvent): string {
  return JSON.stringify({ occurredAt, actor, correlationId, causationId });
}
