-- What Mission Control keeps of its own: who may use the API, and the list of missions. The list is a read model: deleted
-- together with the cursors of mission-control it is projected again from the log.

-- A bearer token, known by its hash only.
create table access_token (
  id text collate "C" primary key,
  -- SHA-256 of the token.
  hash bytea not null unique check (octet_length(hash) = 32),
  person text not null check (person <> ''),
  role text not null check (role in ('viewer', 'operator', 'admin')),
  -- An agent's token may read, and decide nothing.
  kind text not null check (kind in ('person', 'agent')),
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz
);

-- A mission as one line of the list, as of a version of its stream.
create table mission_card (
  mission_id text collate "C" primary key,
  seq integer not null check (seq > 0),
  needs_you boolean not null,
  updated_at timestamptz not null,
  card jsonb not null
);
create index mission_card_order on mission_card (needs_you desc, updated_at desc);

grant select, insert, update, delete on access_token, mission_card to missions_mission_control;
