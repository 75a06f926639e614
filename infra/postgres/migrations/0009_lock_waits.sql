-- Since when a claim waits in its queue, by this clock, for the limit of waiting; a person who lets it wait on starts it anew.
alter table held_lock
  add column waiting_since timestamptz not null default now(),
  -- The mission was told that the limit is over; nobody looks again before it goes on.
  add column is_overdue boolean not null default false;
