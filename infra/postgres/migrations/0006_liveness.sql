-- What a holder says of its progress, so that a run that does not move while its holder is alive is seen as such.
alter table run_lease
  -- Rises with everything that moves: a turn, a token, a line of a tool.
  add column moves bigint not null default 0,
  -- When it rose last; up to `renewed_at` the holder itself has seen nothing move since.
  add column moved_at timestamptz not null default clock_timestamp(),
  -- How long nothing may move because what is done right now has a limit of its own.
  add column quiet_ms integer not null default 0,
  -- What the mission has said of it: 'stalled' or 'stopping'. Written by its owner in the commit that says it.
  add column alert text check (alert in ('stalled', 'stopping')),
  add column alert_at timestamptz;

grant update (moves, moved_at, quiet_ms) on run_lease to missions_agents, missions_worker, missions_validator;

-- Whether the mission has said already that nobody claims the run.
alter table open_delegation add column alerted boolean not null default false;
