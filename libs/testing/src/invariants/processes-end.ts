import { existsSync } from 'node:fs';
import { missionOfRun } from '@missions/mission';
import type { Evidence, SeenProcess } from './evidence.ts';
import type { Check } from './violation.ts';

/** I11: when a run is over none of its processes lives; nor one that a test said has ended. */
export const processesEnd: Check = (evidence) => [
  ...evidence.processes.flatMap((process) => ofEndedRun(process, evidence)),
  ...(evidence.subject.endedPids ?? [])
    .filter((pid) => existsSync(`/proc/${String(pid)}`))
    .map((pid) => `process ${String(pid)} was to have ended`),
];

function ofEndedRun({ pid, places }: SeenProcess, { missions }: Evidence): readonly string[] {
  // Workspaces are named by run and token: <state>/workspaces/<run>-<token>.
  const names = places.flatMap((place) => /\/workspaces\/(m-[a-z0-9]+-r\d+)-/.exec(place)?.[1] ?? []);
  return [...new Set(names)].flatMap((runId) => {
    const mission = missions.find(({ id }) => id === missionOfRun(runId));
    const run = mission?.now.runs[runId];
    return run?.endedAt === undefined
      ? []
      : [`process ${String(pid)} of ${runId} lives on, the run ended at ${run.endedAt}`];
  });
}
