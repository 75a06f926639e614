import pg from 'pg';
import type { PreparedAppend } from '../prepared-append.ts';
import { appendArguments, LIST_SEPARATOR } from './event-rows.ts';
import type { Statement } from '../prepared-text.ts';

/** One append, by the arguments of `append_events` and whether to look for its ids first. */
export const APPEND: Statement = {
  name: 'missions_append',
  text: 'select append_events($1, $2, $3, $9, $4, $5, $6, $7, $8) as head',
};

/** The same with a function beside it, whose argument is $10: not evaluated before the head is known, nor for a repeat. */
export function appendBeside(call: string): Statement {
  return {
    name: `missions_append_${call}`,
    text: `select head, case when head is not null then ${answerOf(call, '$10')} end as answer
    from (select append_events($1, $2, $3, $9, $4, $5, $6, $7, $8) as head offset 0) as appended`,
  };
}

const COLUMNS = ['stream', 'expected', 'token', 'ids', 'types', 'schemas', 'metas', 'datas'] as const;
const COLUMNS_BESIDE = [...COLUMNS, 'argument'] as const;

/** What stands beside an append may meet a row that somebody else has locked: not for longer than this statement may take. */
const SOON = `set_config('lock_timeout', '50', true)`;

interface Source {
  /** The appends, a row each, named `a`. */
  readonly rows: string;
  /** Whether nobody else has locked the stream of `a`; from now on it is locked here. */
  readonly isFree: string;
}

/** The lists of `argumentsTogether`. */
function several(columns: readonly string[]): Source {
  const lists = columns.map((_, index) => `string_to_array($${String(index + 1)}, E'\\x1d')`);
  const rows = `(
      select array_agg(wanted.n) filter (where pg_try_advisory_xact_lock(stream_lock_key(wanted.stream))) as numbers,
        ${SOON}
      from unnest(${lists[0] ?? ''}) with ordinality as wanted(stream, n)
    ) as locked cross join unnest(${lists.join(', ')}) with ordinality as a(${columns.join(', ')}, n)`;
  return { rows, isFree: 'a.n = any (locked.numbers)' };
}

/** The same of one append, with nothing to take apart. */
function one(columns: readonly string[]): Source {
  const values = columns.map((column, index) => `$${String(index + 1)}::text as ${column}`);
  return {
    rows: `(select ${values.join(', ')}) as a`,
    isFree: `pg_try_advisory_xact_lock(stream_lock_key(a.stream)) and ${SOON} is not null`,
  };
}

/**
 * Of these appends those that fit, with what their streams are like. All locks come first, before the transaction has an id,
 * and none is waited for. What is read of a stream may be older than its lock; then the primary key refuses the version, and
 * with it the statement. One that is known not to fit would fail the others; it is for the general way to say why.
 */
function fitting({ rows, isFree }: Source): string {
  return `select a.*, nullif(a.token, '')::integer as holder, coalesce(newest.version, 0) as before,
      coalesce(newest.version, 0) + cardinality(string_to_array(a.ids, E'\\x1e')) as head, coalesce(newest.hash, '') as chain
    from ${rows}
    left join lateral (
      select e.version, e.token, e.hash from event e where e.stream = a.stream order by e.version desc limit 1
    ) as newest on true
    where ${isFree}
      and (coalesce(a.expected, '') = '' or coalesce(newest.version, 0) = a.expected::integer)
      and (newest.token is null or nullif(a.token, '')::integer >= newest.token or not starts_with(a.stream, 'run-'))`;
}

const INSERT = 'insert into event (stream, version, id, type, schema, token, meta, data, hash)';

/** Of appends of one event. */
function insertOneEach(source: string): string {
  return `${INSERT}
    select stream, before + 1, ids, types, schemas::integer, holder, metas::json, datas::json,
      chain_hash(chain, stream, before + 1, ids, types, schemas, holder, metas, datas)
    from ${source}`;
}

/** Of appends of any number of events: where it is one, without a call to a function for its hash. */
function insertAll(source: string): string {
  const lists = ['ids', 'types', 'schemas', 'metas', 'datas'].map(
    (column) => `string_to_array(${column}, E'\\x1e')`,
  );
  return `${INSERT}
    select stream, before + e.n, e.id, e.type, e.schema::integer, holder, e.meta::json, e.data::json, e.hash
    from ${source}
    cross join lateral unnest(${lists.join(', ')},
      case when strpos(ids, E'\\x1e') = 0
        then array[chain_hash(chain, stream, before + 1, ids, types, schemas, holder, metas, datas)]
        else chain_hashes(chain, stream, before, holder, ${lists.join(', ')})
      end) with ordinality as e(id, type, schema, meta, data, hash, n)`;
}

/** One event to each of several streams, in one statement and so in one commit. */
export const APPEND_TOGETHER: Statement = {
  name: 'missions_append_together',
  text: `${insertOneEach(`(${fitting(several(COLUMNS))}) as fitting`)} returning stream, version as head`,
};

/** Any number of events to each of several streams, each append with what belongs beside it; one that fails fails them all. */
export const appendTogetherBeside = builtOnce((call) => ({
  name: `missions_append_together_${call}`,
  text: beside(call, several(COLUMNS_BESIDE), insertAll('fitting')),
}));

/** The same of one event to one stream, faster. */
export const appendOneBeside = builtOnce((call) => ({
  name: `missions_append_one_${call}`,
  text: beside(call, one(COLUMNS_BESIDE), insertOneEach('fitting')),
}));

/** For each function that is called beside appends; there are few. */
function builtOnce(build: (call: string) => Statement): (call: string) => Statement {
  const built = new Map<string, Statement>();
  return (call) => {
    const statement = built.get(call) ?? build(call);
    built.set(call, statement);
    return statement;
  };
}

/** What is beside an append is called when all of its events are written. */
function beside(call: string, source: Source, insert: string): string {
  return `with fitting as materialized (${fitting(source)}), appended as (${insert} returning stream, version as head)
    select stream, head, ${answerOf(call, 'argument')} as answer from fitting join appended using (stream, head)`;
}

function answerOf(call: string, argument: string): string {
  return `to_jsonb(${pg.escapeIdentifier(call)}(${argument}::jsonb))`;
}

/** The arguments of `append_events`, each as a list over the appends, and last what belongs beside them. */
export function argumentsTogether(appends: readonly PreparedAppend[]): readonly string[] {
  const rows = appends.map((append) => [...appendArguments(append), append.beside?.argument]);
  const columns = appends[0]?.beside ? COLUMNS_BESIDE : COLUMNS;
  return columns.map((_, column) => rows.map((row) => row[column] ?? '').join(LIST_SEPARATOR));
}
