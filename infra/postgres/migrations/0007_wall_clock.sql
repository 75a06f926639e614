-- When a mission that has a limit of its working time has to be looked at next; there is a row only while one of its runs is
-- held. Written with the append that changes it, read by the owner's sweep.
create table wall_clock_due (
  mission_id text primary key,
  run_id text not null,
  token bigint not null,
  due_at timestamptz not null
);
create index wall_clock_due_at on wall_clock_due (due_at);

grant select, insert, update, delete on wall_clock_due to missions_decide;
