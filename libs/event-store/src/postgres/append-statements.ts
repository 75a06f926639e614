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
  return besideOne(`missions_append_${call}`, call, '');
}

/** What stands beside an append may meet a row that somebody else has locked: not for longer than this statement may take. */
const SOON = `set_config('lock_timeout', '50', true)`;

/** The same if nobody else has locked the stream, no row otherwise; fails soon when somebody has locked a row beside. */
export function appendBesideAtOnce(call: string): Statement {
  const isFree = `where pg_try_advisory_xact_lock(stream_lock_key($1)) and ${SOON} is not null`;
  return besideOne(`missions_append_at_once_${call}`, call, isFree);
}

function besideOne(name: string, call: string, condition: string): Statement {
  return {
    name,
    text: `select head, ${answerOf(call, '$10')} as answer
    from (select append_events($1, $2, $3, $9, $4, $5, $6, $7, $8) as head ${condition} offset 0) as appended`,
  };
}

/** Of the streams in $1 those that nobody else has locked, by their numbers; from now on they are locked here. */
const LOCKED = `(
      select array_agg(wanted.n) filter (where pg_try_advisory_xact_lock(stream_lock_key(wanted.stream))) as numbers,
        ${SOON}
      from unnest(string_to_array($1, E'\\x1d')) with ordinality as wanted(stream, n)
    ) as locked`;

/** The lists of `argumentsTogether`, a row an append. */
function listed(columns: readonly string[]): string {
  const lists = columns.map((_, index) => `string_to_array($${String(index + 1)}, E'\\x1d')`);
  return `unnest(${lists.join(', ')}) with ordinality as a(${columns.join(', ')}, n)`;
}

/** What the stream of each is like; older than its lock, maybe. */
const NEWEST = `left join lateral (
      select e.version, e.token, e.hash from event e where e.stream = a.stream order by e.version desc limit 1
    ) as newest on true`;

/** None of an append that is known not to fit, which would fail the others; it is for the general way to say why. */
const FITS = `a.n = any (locked.numbers)
      and (coalesce(a.expected, '') = '' or coalesce(newest.version, 0) = a.expected::integer)`;

const COLUMNS = ['stream', 'expected', 'token', 'ids', 'types', 'schemas', 'metas', 'datas'] as const;

/**
 * One event to each of several streams, in one statement and so in one commit. All locks come first, before the transaction
 * has an id, and none is waited for: a stream that is locked is left to the general way. What it reads may be older than the
 * lock; then the primary key refuses the version, and with it the statement.
 */
export const APPEND_TOGETHER: Statement = {
  name: 'missions_append_together',
  text: `insert into event (stream, version, id, type, schema, token, meta, data, hash)
    select a.stream, coalesce(newest.version, 0) + 1, a.ids, a.types, a.schemas::integer, nullif(a.token, '')::integer,
      a.metas::json, a.datas::json, chain_hash(coalesce(newest.hash, ''), a.stream, coalesce(newest.version, 0) + 1,
        a.ids, a.types, a.schemas, nullif(a.token, '')::integer, a.metas, a.datas)
    from ${LOCKED}
    cross join ${listed(COLUMNS)}
    ${NEWEST}
    where ${FITS}
      and (newest.token is null or nullif(a.token, '')::integer >= newest.token or not starts_with(a.stream, 'run-'))
    returning stream, version as head`,
};

/** Any number of events to each of several streams, each append with what belongs beside it; one that fails fails them all. */
export function appendTogetherBeside(call: string): Statement {
  return {
    name: `missions_append_together_${call}`,
    text: `select stream, head, ${answerOf(call, 'argument')} as answer
    from (
      select a.stream, a.argument, append_events(a.stream, nullif(a.expected, '')::integer, nullif(a.token, '')::integer,
        false, a.ids, a.types, a.schemas, a.metas, a.datas) as head
      from ${LOCKED}
      cross join ${listed([...COLUMNS, 'argument'])}
      ${NEWEST}
      where ${FITS}
      offset 0
    ) as appended`,
  };
}

function answerOf(call: string, argument: string): string {
  return `case when head is not null then to_jsonb(${pg.escapeIdentifier(call)}(${argument}::jsonb)) end`;
}

/** The arguments of `append_events`, each as a list over the appends, and last what belongs beside them. */
export function argumentsTogether(appends: readonly PreparedAppend[]): readonly string[] {
  const rows = appends.map((append) => [...appendArguments(append), append.beside?.argument]);
  const columns = COLUMNS.length + (appends[0]?.beside ? 1 : 0);
  return Array.from({ length: columns }, (_, column) =>
    rows.map((row) => row[column] ?? '').join(LIST_SEPARATOR),
  );
}
