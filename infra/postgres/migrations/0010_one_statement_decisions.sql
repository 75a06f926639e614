-- What a decision of the lock service means for the clocks, so that events and leases are written by one statement in one
-- commit: append_events, and this beside it. Answers the time, by which the next decision is dated.
--
-- `changes` is a list in the order of the decisions; each names what it ends, starts, limits, changes and when its ledger opens.
-- Counting through lists costs no query of its own, and most are empty.
-- Errors: MS007 a lease that was to end by expiry was renewed (detail: the claim), MS008 `estimatedAt` is not now.
create function keep_leases(p_decided jsonb) returns timestamptz
language plpgsql as $$
declare
  ledger text := p_decided ->> 'scope';
  estimated timestamptz := (p_decided ->> 'estimatedAt')::timestamptz;
  changes jsonb := p_decided -> 'changes';
  change jsonb;
  item jsonb;
begin
  -- An instant that the asker worked out from an earlier answer counts only if this clock says that it has just been.
  if estimated is not null
    and clock_timestamp() not between estimated and estimated + interval '250 milliseconds' then
    raise exception 'decided at %, which is not now', estimated using errcode = 'MS008';
  end if;
  for n in 0 .. jsonb_array_length(changes) - 1 loop
    change := changes -> n;
    for i in 0 .. jsonb_array_length(change -> 'ended') - 1 loop
      item := change -> 'ended' -> i;
      -- The row lock settles the race with a renewal: whoever comes second sees what the first one did.
      delete from resource_lease l
        where l.scope = ledger and l.claim_id = item ->> 'claimId' and l.token = (item ->> 'token')::integer
          and (not (item ->> 'byExpiry')::boolean or l.expires_at <= clock_timestamp());
      if not found and (item ->> 'byExpiry')::boolean then
        raise exception 'the lease of claim % was renewed', item ->> 'claimId'
          using errcode = 'MS007', detail = item ->> 'claimId';
      end if;
    end loop;
    for i in 0 .. jsonb_array_length(change -> 'granted') - 1 loop
      item := change -> 'granted' -> i;
      insert into resource_lease (scope, claim_id, token, holder, ttl_ms, expires_at)
        values (ledger, item ->> 'claimId', (item ->> 'token')::integer, item ->> 'holder', (item ->> 'ttlMs')::integer,
          clock_timestamp() + (item ->> 'ttlMs')::integer * interval '1 millisecond');
    end loop;
    for i in 0 .. jsonb_array_length(change -> 'terms') - 1 loop
      item := change -> 'terms' -> i;
      update resource_lease l set
        ends_at = case when item ->> 'endsAt' is not null then (item ->> 'endsAt')::timestamptz
          when l.ends_at is null then null else greatest(l.ends_at, (item ->> 'keepUntil')::timestamptz) end,
        wanted = coalesce(item ->> 'wanted', l.wanted),
        expires_at = greatest(least(l.expires_at, coalesce((item ->> 'endsAt')::timestamptz, 'infinity')),
          (item ->> 'keepUntil')::timestamptz)
        where l.scope = ledger and l.claim_id = item ->> 'claimId' and l.token = (item ->> 'token')::integer;
    end loop;
    for i in 0 .. jsonb_array_length(change -> 'changed') - 1 loop
      item := change -> 'changed' -> i;
      update resource_lease l set changed_in = (change ->> 'version')::integer
        where l.scope = ledger and l.claim_id = item ->> 'claimId' and l.token = (item ->> 'token')::integer;
    end loop;
    if change -> 'opening' ->> 'at' is not null then
      insert into resource_opening (scope, opens_at) values (ledger, (change -> 'opening' ->> 'at')::timestamptz)
        on conflict (scope) do update set opens_at = excluded.opens_at;
    elsif change ? 'opening' then
      delete from resource_opening o where o.scope = ledger;
    end if;
  end loop;
  return clock_timestamp();
end
$$;

revoke all on function keep_leases from public;
grant execute on function keep_leases to missions_resource_lock;
