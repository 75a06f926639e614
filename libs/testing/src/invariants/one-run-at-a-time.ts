import type { MissionEventData } from '@missions/mission';
import type { LoggedMission } from './evidence.ts';
import type { Check } from './violation.ts';

/** I4: at every moment a mission has at most one run that is not over, and that has at most one holder. */
export const oneRunAtATime: Check = ({ missions }) => missions.flatMap(ofMission);

/** Counted from the events themselves, not from the fold, which has room for only one. */
function ofMission({ id, events }: LoggedMission): readonly string[] {
  const problems: string[] = [];
  const open = new Set<string>();
  const held = new Set<string>();
  for (const { type, version, data } of events) {
    const { runId } = data as Partial<MissionEventData<'RunClaimed'>>;
    if (runId === undefined) continue;
    const at = `${id} at version ${String(version)}`;
    switch (type) {
      case 'RunDelegated':
        if (open.size > 0)
          problems.push(`${at}: ${runId} was delegated while ${[...open].join(', ')} was open`);
        open.add(runId);
        break;
      case 'RunClaimed':
        if (!open.has(runId)) problems.push(`${at}: ${runId} was claimed, but is not open`);
        if (held.has(runId)) problems.push(`${at}: ${runId} was claimed while it was held`);
        held.add(runId);
        break;
      case 'RunReleased':
      case 'RunSuspended':
        held.delete(runId);
        break;
      case 'RunEnded':
        open.delete(runId);
        held.delete(runId);
        break;
    }
  }
  return problems;
}
