-- Who may use how much of a provider's rate right now. Shares are rows and no events: each lives for seconds, by this
-- database's clock, and after a loss of all rows the replicas just ask again.
create table provider_account (
  -- The provider and a digest of what names its key; never a key.
  account text collate "C" primary key,
  -- Rises with every share that is lent; a decision that was made on another one is made again.
  version bigint not null,
  -- What the provider itself told of its limits, per minute.
  learned jsonb not null default '{}',
  learned_at timestamptz,
  -- The provider refused a call and wants none before this time.
  paused_until timestamptz
);

create table provider_share (
  account text collate "C" not null references provider_account,
  replica text collate "C" not null,
  -- Per minute, by kind: requestsPerMin, inputTokensPerMin, outputTokensPerMin, tokensPerMin.
  demand jsonb not null,
  share jsonb not null,
  expires_at timestamptz not null,
  constraint provider_share_pkey primary key (account, replica)
);

grant select, insert, update, delete on provider_account, provider_share to missions_resource_lock;
grant select on provider_account, provider_share to missions_mission_control;
