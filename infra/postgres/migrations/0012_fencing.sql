-- Who holds a run, asked where its effects land: whoever lost it, or never had it, writes nothing.

-- The guards that run as their caller name tables with their schema: its temporary tables of the same names would come first.

-- Whether the run is held under this token; when nobody holds it, whether its transcript was written under it last: what a run
-- says as it ends comes after its conclusion has taken the lease, and may be long. Until the caller's transaction ends nobody
-- else is given a run that is held: that begins with the deletion of this row. Renewals go on meanwhile: they change no key.
create function holds_run(p_run_id text, p_token bigint) returns boolean
language plpgsql as $$
begin
  perform from public.run_lease where run_id = p_run_id and token = p_token for key share;
  if found then
    return true;
  end if;
  return not exists (select from public.run_lease where run_id = p_run_id) and coalesce(p_token = (
    select e.token from public.event e where e.stream = 'run-' || p_run_id order by e.version desc limit 1
  ), false);
end
$$;

-- Whether a transcript was written under this token last: what a run says as it ends comes after its conclusion has taken
-- the lease. Error: MS009, a token no claim gave.
create function wrote_last(p_stream text, p_token integer) returns boolean
language plpgsql stable as $$
begin
  if p_token = (select e.token from public.event e where e.stream = p_stream order by e.version desc limit 1) then
    return true;
  end if;
  raise exception 'no claim gave token % to %', coalesce(p_token::text, '(none)'), p_stream using errcode = 'MS009';
end
$$;

-- A transcript (a run's, or a helper's inside it) is begun, and gone on with after a takeover, only under the token that the
-- run is held under. The lease is looked up in line: a function for it cost twice as much.
drop policy agents_append_to_runs on event;
create policy agents_append_to_runs on event for insert to missions_agents, missions_worker, missions_validator
  with check (case
    when not starts_with(stream, 'run-') then false
    when exists (
      select from run_lease l where l.run_id = split_part(substr(stream, 5), '.', 1) and l.token = event.token
    ) then true
    else wrote_last(stream, token)
  end);

-- Whether all these claims of shared resources are held in their ledgers, under the tokens their missions were told. Until the
-- caller's transaction ends none of them can be ended: that deletes its clock. The owner of missions may not touch the clocks.
create function holds_claims(p_claim_ids text[]) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  held integer;
begin
  with clocks as materialized (
    select from held_lock h
    join resource_lease l on l.scope = h.scope collate "C" and l.claim_id = h.claim_id collate "C" and l.token = h.token
    where h.claim_id = any (p_claim_ids)
    for key share of l
  )
  select count(*) into held from clocks;
  return held = cardinality(p_claim_ids);
end
$$;
revoke all on function holds_claims from public;
grant execute on function holds_claims to missions_decide;
