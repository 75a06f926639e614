import type { ClaimedRun } from '@missions/runs';
import type { Surroundings } from '@missions/runtime';
import { ProofEngine } from '../proof/index.ts';
import { proofSiteOf } from './proof-site-of.ts';
import { longestProofMs } from './longest-proof.ts';
import { proofPartsOf } from './proof-parts-of.ts';

/** The engine alone executes every proof of the proposal on the untouched base, before anyone approves it. */
export async function takeBaseline(claimed: ClaimedRun, surroundings: Surroundings): Promise<void> {
  const { mission } = claimed;
  const assertions = mission.proposal?.assertions ?? [];
  const site = await proofSiteOf(claimed, surroundings);
  const quietMs = longestProofMs(assertions);
  const engine = new ProofEngine(await proofPartsOf(claimed, surroundings));
  const results = await engine.baselineAll(assertions, site, ({ assertion, ended }) => {
    claimed.held.show({ lastLine: `${assertion.id} ${ended ?? 'is proved'} on the base`, quietMs });
  });
  await claimed.conclude(0, { kind: 'baselined', results: [...results] });
}
