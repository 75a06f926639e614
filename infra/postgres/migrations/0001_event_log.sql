-- The event log, the artifacts beside it, and the roles that may write to them.

-- Roles belong to the cluster: another database, also one migrated at this moment, may have made them already.
do $$
declare
  role_name text;
begin
  foreach role_name in array array[
    'missions_decide', 'missions_agents', 'missions_worker',
    'missions_validator', 'missions_resource_lock', 'missions_mission_control'
  ] loop
    begin
      execute format('create role %I login', role_name);
    exception when duplicate_object or unique_violation then
      null;
    end;
  end loop;
end
$$;

grant usage on schema public to
  missions_decide, missions_agents, missions_worker,
  missions_validator, missions_resource_lock, missions_mission_control;

create table event (
  -- The place in the global feed. The transaction comes first: positions alone are handed out before the commit.
  tx xid8 not null default pg_current_xact_id(),
  pos bigint generated always as identity (cache 32),
  -- When the database recorded it; when it happened is in meta.
  at timestamptz not null default clock_timestamp(),
  version integer not null check (version > 0),
  schema integer not null check (schema > 0),
  -- The fencing token of the writer; never decreasing in a run stream.
  token integer,
  stream text collate "C" not null,
  id text collate "C" not null,
  type text collate "C" not null,
  -- json, not jsonb: the text is kept as it was written, so that a transcript replays the same bytes and the hash can be
  -- recomputed anywhere.
  meta json not null,
  data json not null,
  -- sha256(hash of the version before || stream, version, id, type, schema, token, meta, data joined by line feeds)
  hash bytea not null,
  constraint event_pkey primary key (stream, version),
  constraint event_feed unique (tx, pos),
  constraint event_id unique (id)
);

create function refuse_change() returns trigger
language plpgsql as $$
begin
  raise exception '% is append only', tg_table_name using errcode = 'insufficient_privilege';
end
$$;

create trigger append_only before update or delete or truncate on event
  for each statement execute function refuse_change();

-- Advisory locks with one 64-bit key are the locks of streams; other locks take the two-key form.
create function stream_lock_key(p_stream text) returns bigint
language sql immutable strict parallel safe
return hashtextextended(p_stream, 0);

-- Locks streams in the order of their keys, so that no two transactions wait for each other.
create function lock_streams(p_streams text[]) returns void
language plpgsql as $$
declare
  key bigint;
begin
  for key in select distinct stream_lock_key(name) from unnest(p_streams) as name order by 1 loop
    perform pg_advisory_xact_lock(key);
  end loop;
end
$$;

-- Whether all these ids are in this stream already, as the same types; an error when only some are, or elsewhere.
-- One look into the index for each: a join was planned as a scan of the whole table while that was young.
create function all_known(p_stream text, p_ids text[], p_types text[]) returns boolean
language plpgsql stable as $$
declare
  known record;
  same integer := 0;
  others integer := 0;
begin
  for i in 1 .. cardinality(p_ids) loop
    select e.stream, e.type into known from event e where e.id = p_ids[i];
    if not found then
      continue;
    end if;
    if known.stream = p_stream and known.type = p_types[i] then
      same := same + 1;
    else
      others := others + 1;
    end if;
  end loop;
  if others > 0 or same not in (0, cardinality(p_ids)) then
    raise exception 'some event ids are in the log already' using errcode = 'MS004';
  end if;
  return same > 0;
end
$$;

-- The hash of an event: over the hash of the version before it and everything that was written. SQL functions of one
-- expression are inlined into the caller's.
create function chain_hash(
  p_before bytea, p_stream text, p_version integer, p_id text, p_type text, p_schema text, p_token integer,
  p_meta text, p_data text
) returns bytea
language sql stable parallel safe
return sha256(p_before || convert_to(concat_ws(E'\n', p_stream, p_version, p_id, p_type, p_schema,
  coalesce(p_token::text, ''), p_meta, p_data), 'UTF8'));

-- Appends events to one stream, all or none, and returns its new head; null when all were there before and nothing was
-- written. The general way: one event as expected is appended by a plain INSERT (see event-statements.ts), a fifth faster.
--
-- Lists are joined by the record separator (0x1E), which JSON text and names never contain: parsing it is several times
-- cheaper than an array literal. p_expected null is "any". p_probe looks for known ids before the insert; without it one
-- ends in a unique violation, which costs nothing while there is none.
-- Errors: MS001 conflict (detail: the head), MS002 stale token (detail: the highest), MS004 some ids known; row security
-- refuses streams that are not for the role.
create function append_events(
  p_stream text, p_expected integer, p_token integer, p_probe boolean,
  p_ids text, p_types text, p_schemas text, p_metas text, p_datas text
) returns integer
language plpgsql as $$
declare
  ids text[] := string_to_array(p_ids, E'\x1e');
  types text[] := string_to_array(p_types, E'\x1e');
  schemas text[] := string_to_array(p_schemas, E'\x1e');
  metas text[] := string_to_array(p_metas, E'\x1e');
  datas text[] := string_to_array(p_datas, E'\x1e');
  hashes bytea[];
  chain bytea;
  fence integer;
  head integer;
begin
  -- NOTE: before anything that assigns a transaction id. The other way round the feed's order inside a stream was found
  -- inverted 8 to 85 times in 1,800 events; this way never.
  perform pg_advisory_xact_lock(stream_lock_key(p_stream));
  select e.version, e.token, e.hash into head, fence, chain
    from event e where e.stream = p_stream order by e.version desc limit 1;
  head := coalesce(head, 0);
  chain := coalesce(chain, '');
  if (p_probe or p_expected <> head) and all_known(p_stream, ids, types) then
    return null;
  end if;
  if p_expected <> head then
    raise exception 'stream % is at version %, not at %', p_stream, head, p_expected
      using errcode = 'MS001', detail = head::text;
  end if;
  if fence is not null and (p_token is null or p_token < fence) and starts_with(p_stream, 'run-') then
    raise exception 'stream % has seen token %', p_stream, fence using errcode = 'MS002', detail = fence::text;
  end if;

  for i in 1 .. cardinality(ids) loop
    chain := chain_hash(chain, p_stream, head + i, ids[i], types[i], schemas[i], p_token, metas[i], datas[i]);
    hashes[i] := chain;
  end loop;
  insert into event (stream, version, id, type, schema, token, meta, data, hash)
    select p_stream, head + n, id, type, schema::integer, p_token, meta::json, data::json, hash
    from unnest(ids, types, schemas, metas, datas, hashes) with ordinality as e(id, type, schema, meta, data, hash, n);
  return head + cardinality(ids);
end
$$;

-- After a dump was restored into a younger cluster its transaction ids lie in the future, and the feed would hide them.
-- Gives every event a place in the past, in the same order. Cursors from before are void: wipe JetStream afterwards.
create function rebase_feed() returns bigint
language plpgsql as $$
declare
  events bigint;
begin
  lock table event in access exclusive mode;
  alter table event disable trigger append_only;
  alter table event drop constraint event_feed;
  alter table event alter column pos set generated by default;
  update event set tx = '3', pos = place.pos
    from (select stream, version, row_number() over (order by tx, pos) as pos from event) as place
    where event.stream = place.stream and event.version = place.version;
  get diagnostics events = row_count;
  alter table event alter column pos set generated always;
  alter table event add constraint event_feed unique (tx, pos);
  alter table event enable trigger append_only;
  perform rewind_sweeps();
  return events;
end
$$;

-- Bytes too large for an event, found by their content.
create table artifact (
  digest text collate "C" primary key check (digest ~ '^sha256:[0-9a-f]{64}$'),
  media_type text not null,
  size bigint not null check (size >= 0),
  at timestamptz not null default clock_timestamp()
);

create table artifact_chunk (
  digest text collate "C" not null references artifact,
  seq integer not null check (seq >= 0),
  bytes bytea not null check (octet_length(bytes) <= 1048576),
  primary key (digest, seq)
);

-- An artifact is committed complete and true to its name, or not at all.
create function verify_artifact() returns trigger
language plpgsql as $$
declare
  content bytea;
begin
  select coalesce(string_agg(c.bytes, '' order by c.seq), '') into content
    from public.artifact_chunk c where c.digest = new.digest;
  if octet_length(content) <> new.size or 'sha256:' || encode(sha256(content), 'hex') <> new.digest then
    raise exception 'the bytes of artifact % are not what its name says', new.digest
      using errcode = 'integrity_constraint_violation';
  end if;
  return null;
end
$$;

create constraint trigger verified after insert on artifact
  deferrable initially deferred for each row execute function verify_artifact();
create trigger append_only before update or delete or truncate on artifact
  for each statement execute function refuse_change();
create trigger append_only before update or delete or truncate on artifact_chunk
  for each statement execute function refuse_change();

-- Who may do what. tx, pos and at are the database's alone.
revoke all on function rebase_feed from public;
grant select on event to
  missions_decide, missions_agents, missions_worker,
  missions_validator, missions_resource_lock, missions_mission_control;
grant insert (stream, version, id, type, schema, token, meta, data, hash) on event to
  missions_decide, missions_agents, missions_worker, missions_validator, missions_resource_lock;
grant select, insert on artifact, artifact_chunk to
  missions_decide, missions_agents, missions_worker,
  missions_validator, missions_resource_lock, missions_mission_control;

-- Everybody reads the log; each role appends only to its own kind of stream.
alter table event enable row level security;
create policy everybody_reads on event for select using (true);
create policy decide_appends_to_missions on event for insert to missions_decide
  with check (starts_with(stream, 'mission-'));
create policy agents_append_to_runs on event for insert to missions_agents, missions_worker, missions_validator
  with check (starts_with(stream, 'run-'));
create policy resource_lock_appends_to_ledgers on event for insert to missions_resource_lock
  with check (starts_with(stream, 'resources-'));
