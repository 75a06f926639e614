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

-- Which role appends to which kind of stream: what its name begins with, up to the first hyphen. Members of the owner could
-- change the table anyway and may write any stream. Plain expressions: a look into a table costs ten times as much.
create function may_append(p_writer name, p_owner name, p_stream text) returns boolean
language plpgsql stable as $$
begin
  return case left(p_stream, strpos(p_stream, '-'))
    when 'mission-' then pg_has_role(p_writer, 'missions_decide', 'member')
    when 'run-' then pg_has_role(p_writer, 'missions_worker', 'member')
      or pg_has_role(p_writer, 'missions_validator', 'member')
      or pg_has_role(p_writer, 'missions_agents', 'member')
    when 'resources-' then pg_has_role(p_writer, 'missions_resource_lock', 'member')
    else false
  end or pg_has_role(p_writer, p_owner, 'member');
end
$$;

-- Ids that are in the log already: null if none is, the version of the last if all are in this stream as the same types.
-- One look into the index for each: a join was planned as a scan of the whole table while that was young.
create function repeated_version(p_stream text, p_ids text[], p_types text[]) returns integer
language plpgsql stable as $$
declare
  known record;
  same integer := 0;
  others integer := 0;
  last_version integer;
begin
  for i in 1 .. cardinality(p_ids) loop
    select e.stream, e.type, e.version into known from event e where e.id = p_ids[i];
    if not found then
      continue;
    end if;
    if known.stream = p_stream and known.type = p_types[i] then
      same := same + 1;
      last_version := greatest(last_version, known.version);
    else
      others := others + 1;
    end if;
  end loop;
  if others > 0 or same not in (0, cardinality(p_ids)) then
    raise exception 'some event ids are in the log already' using errcode = 'MS004';
  end if;
  return last_version;
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

-- Appends events to one stream: all or none. The only way for a service to write to the log.
--
-- Lists are joined by the record separator (0x1E), which JSON text and names never contain: parsing it is several times
-- cheaper than an array literal. p_expected null is "any". p_probe asks for repeated ids before the insert; without it a
-- repeated id ends in a unique violation, which costs nothing while there is none.
-- Errors: MS001 conflict (detail: the head), MS002 stale token (detail: the highest), MS003 not this role's kind of stream,
-- MS004 some ids known.
create function append_events(
  p_stream text, p_expected integer, p_token integer, p_probe boolean,
  p_ids text, p_types text, p_schemas text, p_metas text, p_datas text,
  out head integer, out repeated boolean
)
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  ids text[];
  types text[];
  schemas text[];
  metas text[];
  datas text[];
  hashes bytea[];
  chain bytea;
  fence integer;
  repeated_head integer;
begin
  if not may_append(coalesce(nullif(current_setting('role'), 'none'), session_user), current_user, p_stream) then
    raise exception 'stream % is not for this role', p_stream using errcode = 'MS003';
  end if;

  -- NOTE: before anything that assigns a transaction id. The other way round the feed's order inside a stream was found
  -- inverted 8 to 85 times in 1,800 events; this way never.
  perform pg_advisory_xact_lock(stream_lock_key(p_stream));
  select e.version, e.token, e.hash into head, fence, chain
    from event e where e.stream = p_stream order by e.version desc limit 1;
  head := coalesce(head, 0);
  chain := coalesce(chain, '');
  repeated := false;

  if p_probe or p_expected is distinct from head then
    repeated_head := repeated_version(p_stream, string_to_array(p_ids, E'\x1e'), string_to_array(p_types, E'\x1e'));
    if repeated_head is not null then
      head := repeated_head;
      repeated := true;
      return;
    end if;
    if p_expected <> head then
      raise exception 'stream % is at version %, not at %', p_stream, head, p_expected
        using errcode = 'MS001', detail = head::text;
    end if;
  end if;
  if fence is not null and (p_token is null or p_token < fence) and starts_with(p_stream, 'run-') then
    raise exception 'stream % has seen token %', p_stream, fence using errcode = 'MS002', detail = fence::text;
  end if;

  -- One event, the common case: a fifth faster than the general one.
  if strpos(p_ids, E'\x1e') = 0 then
    head := head + 1;
    insert into event (stream, version, id, type, schema, token, meta, data, hash)
      values (p_stream, head, p_ids, p_types, p_schemas::integer, p_token, p_metas::json, p_datas::json,
        chain_hash(chain, p_stream, head, p_ids, p_types, p_schemas, p_token, p_metas, p_datas));
    return;
  end if;

  ids := string_to_array(p_ids, E'\x1e');
  types := string_to_array(p_types, E'\x1e');
  schemas := string_to_array(p_schemas, E'\x1e');
  metas := string_to_array(p_metas, E'\x1e');
  datas := string_to_array(p_datas, E'\x1e');
  for i in 1 .. cardinality(ids) loop
    chain := chain_hash(chain, p_stream, head + i, ids[i], types[i], schemas[i], p_token, metas[i], datas[i]);
    hashes[i] := chain;
  end loop;
  insert into event (stream, version, id, type, schema, token, meta, data, hash)
    select p_stream, head + n, id, type, schema::integer, p_token, meta::json, data::json, hash
    from unnest(ids, types, schemas, metas, datas, hashes) with ordinality as e(id, type, schema, meta, data, hash, n);
  head := head + cardinality(ids);
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

revoke all on function append_events, rebase_feed from public;
grant execute on function append_events to
  missions_decide, missions_agents, missions_worker, missions_validator, missions_resource_lock;
grant select on event to
  missions_decide, missions_agents, missions_worker,
  missions_validator, missions_resource_lock, missions_mission_control;
grant select, insert on artifact, artifact_chunk to
  missions_decide, missions_agents, missions_worker,
  missions_validator, missions_resource_lock, missions_mission_control;
