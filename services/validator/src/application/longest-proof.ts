import type { Assertion } from '@missions/mission';

/** How long the engine may be silent while it proves: proofs end by a limit of their own, and several run at once. */
export function longestProofMs(assertions: readonly Assertion[]): number {
  return 1_000 * Math.ceil(Math.max(0, ...assertions.map(({ proof }) => proof.timeoutSec)));
}
