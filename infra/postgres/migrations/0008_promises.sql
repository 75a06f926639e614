-- What a holder promised in a negotiation, beside the clock of its lease: beyond ends_at no renewal counts.
alter table resource_lease
  add column ends_at timestamptz,
  -- What the holder is told at its next renewal.
  add column wanted text collate "C" not null default 'go' check (wanted in ('go', 'hand_over')),
  -- The version of the ledger that last changed what is held; a replica that remembers less reads it again.
  add column changed_in integer not null default 0;

comment on column resource_opening.opens_at is
  'When the ledger next has something to do by the passing of time: a lock-delay ends, or a negotiation.';
