-- The clock of the leases. Who holds what is decided in the ledgers (streams resources-<scope>); a row here only says until
-- when, by this database's clock, and is written in the same commit as the grant or the end it belongs to.
create table resource_lease (
  scope text collate "C" not null,
  claim_id text collate "C" not null,
  -- The version of the grant in its ledger.
  token integer not null check (token > 0),
  -- The mission it serves, for people who look at this table.
  holder text collate "C" not null,
  ttl_ms integer not null check (ttl_ms > 0),
  expires_at timestamptz not null,
  constraint resource_lease_pkey primary key (scope, claim_id)
);

create index resource_lease_expiry on resource_lease (expires_at);

-- When a ledger has something to grant only because time passed: the end of the lock-delay after an expiry.
create table resource_opening (
  scope text collate "C" not null,
  opens_at timestamptz not null,
  constraint resource_opening_pkey primary key (scope)
);

grant select, insert, update, delete on resource_lease, resource_opening to missions_resource_lock;
grant select on resource_lease to missions_decide, missions_mission_control;
