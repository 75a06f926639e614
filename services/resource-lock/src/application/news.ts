import type { LeasingEvent } from '@missions/leasing';
import type { PlannedDecision } from './plan-decisions.ts';

/**
 * What an owner asked for about its own claim, or got: its answer says so. Not a withdrawal: its owner may have asked at another
 * replica, and wait there.
 */
const answered: ReadonlySet<string> = new Set<LeasingEvent['type']>([
  'LockRequested',
  'LockGranted',
  'LockReleased',
  'LockNarrowed',
  'LockUpgradeRequested',
  'LockUpgraded',
]);

/**
 * Whether somebody besides who asked has to hear of a decision at once: of another's claim, of talk, of what a person,
 * the configuration or the passing of time did. The rest everybody learns from the log a little later.
 */
export function isNews({ asked: { command }, events }: Pick<PlannedDecision, 'asked' | 'events'>): boolean {
  const asked = 'claimId' in command.data ? command.data.claimId : undefined;
  return events.some(
    ({ type, data }) => !answered.has(type) || !('claimId' in data) || data.claimId !== asked,
  );
}
