import type { Mission } from '@missions/mission';

/** How many messages no run was given yet; what a holder reads with its renewal. */
export function waitingMessages(mission: Mission): number {
  return Object.values(mission.messages).filter(
    ({ deliveredTo, answeredBy }) => deliveredTo === undefined && answeredBy === undefined,
  ).length;
}
