-- Who may be asked to work, and who holds what: rows beside the mission's stream, written by its owner in the same commit.
-- Everything here can be rebuilt from the log; nothing here is a fact.

-- A run that a replica may claim. The oldest row is served first.
create table open_delegation (
  run_id text primary key,
  mission_id text not null,
  role text not null,
  task text not null,
  labels text[] not null default '{}',
  delegated_at timestamptz not null default clock_timestamp()
);
create index open_delegation_oldest on open_delegation (delegated_at);
create index open_delegation_mission on open_delegation (mission_id);

-- The lease of a claimed run. Its holder renews it, and reads with the same round trip what the mission wants of it.
create table run_lease (
  run_id text primary key,
  mission_id text not null,
  token bigint not null,
  holder text not null,
  expires_at timestamptz not null,
  wanted text not null default 'go',
  pending_messages integer not null default 0,
  turn integer,
  last_line text,
  context_pct real,
  cost_usd double precision,
  renewed_at timestamptz not null default clock_timestamp()
);
create index run_lease_mission on run_lease (mission_id);

-- A lease of shared resources that a mission's run was granted; renewed by the mission's owner as long as the row is here.
create table held_lock (
  claim_id text primary key,
  mission_id text not null,
  run_id text not null,
  scope text not null,
  -- Version of the grant in its ledger; null while the claim waits.
  token bigint
);

grant select, insert, update, delete on held_lock to missions_decide;
grant select on held_lock to missions_mission_control;
grant select, insert, update, delete on open_delegation, run_lease to missions_decide;
grant select on open_delegation, run_lease to missions_agents, missions_worker, missions_validator, missions_mission_control;
grant update (expires_at, turn, last_line, context_pct, cost_usd, renewed_at) on run_lease
  to missions_agents, missions_worker, missions_validator;
