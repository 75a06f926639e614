import type { Claimant } from '../application/lock-errands.ts';

/** A mission that asks for one claim ahead of its run, or for nothing. */
export function claimant(claimId?: string): Claimant {
  const asking =
    claimId === undefined ? {} : { ahead: { claimId, featureId: 'F-001', resources: [], granted: false } };
  return { version: 7, priority: 0, runs: {}, features: {}, ...asking };
}
