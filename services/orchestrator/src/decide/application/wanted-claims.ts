import type { Mission } from '@missions/mission';

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
