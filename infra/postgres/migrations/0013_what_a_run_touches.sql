-- What the negotiator of a run knows of it: it gives away nothing that the run has changed, and promises its next checkpoint.
alter table run_lease
  -- Paths of the repository that the run has changed so far, at most 200; directories where there are more.
  add column touched text[] not null default '{}',
  -- When it is expected to be able to stop with its work kept, by this clock; unknown where absent.
  add column next_checkpoint_at timestamptz;

grant update (touched, next_checkpoint_at) on run_lease to missions_agents, missions_worker, missions_validator;
