-- Who holds a run, asked where its effects land: whoever lost it, or never had it, writes nothing.

-- Whether the run is held under this token. Until the caller's transaction ends nobody else is given the run: that begins with
-- the deletion of this row. Renewals go on meanwhile, since they change no key.
create function holds_run(p_run_id text, p_token bigint) returns boolean
language plpgsql as $$
begin
  perform from run_lease where run_id = p_run_id and token = p_token for key share;
  return found;
end
$$;

-- Whether a transcript (a run's, or a helper's inside it) may be written under this token: the one the run is held under, or
-- the one it was written under last, since a run's last words come after its conclusion has taken the lease.
-- Error: MS007, a token no claim gave.
create function is_token_of_run(p_stream text, p_token integer) returns boolean
language plpgsql stable as $$
begin
  if exists (select from run_lease where run_id = split_part(substr(p_stream, 5), '.', 1) and token = p_token)
    or p_token = (select e.token from event e where e.stream = p_stream order by e.version desc limit 1) then
    return true;
  end if;
  raise exception 'no claim gave token % to %', coalesce(p_token::text, '(none)'), p_stream using errcode = 'MS007';
end
$$;

drop policy agents_append_to_runs on event;
create policy agents_append_to_runs on event for insert to missions_agents, missions_worker, missions_validator
  with check (case when starts_with(stream, 'run-') then is_token_of_run(stream, token) else false end);
