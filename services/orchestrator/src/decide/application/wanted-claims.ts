import type { ClaimRequestInput } from '@missions/leasing';
import { missionIdSchema, type Mission, type MissionEventData } from '@missions/mission';

/** Whether what an event of a ledger tells is of a mission, going by its name: others may hold things, too. */
export function isOfMission(data: unknown): boolean {
  const { owner } = data as { readonly owner?: { readonly missionId?: unknown } };
  return missionIdSchema.safeParse(owner?.missionId).success;
}

export function isKnown({ version }: Pick<Mission, 'version'>): boolean {
  return version > 0;
}

/** Alone what a feature touches; as it was asked for what an agent wants besides. */
export function wantsOf({
  resources,
  ask,
}: MissionEventData<'LockRequested'>): ClaimRequestInput['resources'] {
  return ask ? resources.map((resource) => ({ resource, mode: ask.mode })) : resources;
}

/** Whether a run of the mission, or one to come, still asks for or holds the claim. */
export function wants({ runs, ahead }: Pick<Mission, 'runs' | 'ahead'>, claimId: string): boolean {
  if (ahead?.claimId === claimId) return true;
  return Object.values(runs).some(
    ({ lock, asks = [] }) =>
      lock?.claimId === claimId || asks.some((ask) => ask.claimId === claimId && !ask.refused),
  );
}

/** The claim that a run goes on waiting under, or has got meanwhile, after it gave another one back to let somebody through. */
export function claimInstead({ runs }: Pick<Mission, 'runs'>, runId: string): string | undefined {
  return runs[runId]?.lock?.claimId;
}
