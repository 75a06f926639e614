-- The hashes behind several events that are appended to one stream, for statements that append to many streams at once: a
-- set of rows cannot build each on the one before.

-- p_before is the hash of version p_version, on which the first one builds; the answer has one for each of p_ids.
create function chain_hashes(
  p_before bytea, p_stream text, p_version integer, p_token integer,
  p_ids text[], p_types text[], p_schemas text[], p_metas text[], p_datas text[]
) returns bytea[]
language plpgsql stable parallel safe as $$
declare
  hash bytea := p_before;
  hashes bytea[];
begin
  for i in 1 .. cardinality(p_ids) loop
    hash := chain_hash(hash, p_stream, p_version + i, p_ids[i], p_types[i], p_schemas[i], p_token, p_metas[i], p_datas[i]);
    hashes[i] := hash;
  end loop;
  return hashes;
end
$$;

-- As before, with its hashes from chain_hashes.
create or replace function append_events(
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
  insert into event (stream, version, id, type, schema, token, meta, data, hash)
    select p_stream, head + n, id, type, schema::integer, p_token, meta::json, data::json, hash
    from unnest(ids, types, schemas, metas, datas,
      chain_hashes(coalesce(chain, ''), p_stream, head, p_token, ids, types, schemas, metas, datas))
      with ordinality as e(id, type, schema, meta, data, hash, n);
  return head + cardinality(ids);
end
$$;
