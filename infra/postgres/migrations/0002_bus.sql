-- How far each consumer has come. A service moves its own cursors in the transactions of its handlers and nobody else's.

create table bus_cursor (
  consumer text collate "C" not null,
  stream text collate "C" not null,
  -- The last event applied; 0 while the first one is parked.
  version integer not null check (version >= 0),
  constraint bus_cursor_pkey primary key (consumer, stream)
)
-- Every event handled is an update of one row: room on the page keeps it out of the index.
with (fillfactor = 70);

-- Up to where in the feed a consumer knows everything to be applied or parked.
create table bus_sweep (
  consumer text collate "C" not null,
  -- null: from the beginning of the log.
  cursor text collate "C",
  -- Counts how often it was set back, so that a sweep under way then does not move it forward again.
  rewinds integer not null default 0,
  constraint bus_sweep_pkey primary key (consumer)
);

-- Events a consumer failed to apply too often. Later events of the stream wait until the row is deleted.
create table parked (
  consumer text collate "C" not null,
  stream text collate "C" not null,
  version integer not null check (version > 0),
  tries integer not null,
  error text not null,
  parked_at timestamptz not null default clock_timestamp(),
  -- Where the sweep was at that moment: it goes back there when the row is deleted.
  swept_to text collate "C",
  constraint parked_pkey primary key (consumer, stream)
);

grant select, insert, update, delete on bus_cursor, bus_sweep, parked to
  missions_decide, missions_agents, missions_worker,
  missions_validator, missions_resource_lock, missions_mission_control;

-- A consumer is named `<service>` or `<service>_<purpose>`; the service is the role's name without `missions_`.
create function owns_consumer(p_consumer text) returns boolean
language sql stable parallel safe
return split_part(p_consumer, '_', 1) = replace(substr(current_user::text, length('missions_') + 1), '_', '-');

alter table bus_cursor enable row level security;
alter table bus_sweep enable row level security;
alter table parked enable row level security;

create policy own on bus_cursor using (owns_consumer(consumer));
create policy own on bus_sweep using (owns_consumer(consumer));
create policy own on parked using (owns_consumer(consumer));
-- What is parked is shown to everybody.
create policy seen on parked for select using (true);

-- After the feed was rebased, places in it mean something else: every consumer sweeps from the beginning.
create function rewind_sweeps() returns void
language sql as $$
  update bus_sweep set cursor = null, rewinds = rewinds + 1;
  update parked set swept_to = null;
$$;
revoke execute on function rewind_sweeps() from public;
