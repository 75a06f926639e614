import { ChildRuns, budgetOf, materialOfRun, type ClaimedRun, type RepositoryMaterial } from '@missions/runs';
import { noMcp, type McpAccess, type Surroundings } from '@missions/runtime';
import type { ProofSite } from '../proof/index.ts';
import { judgeOf } from './judge.ts';
import { measure, type Measured } from './measure.ts';
import { proofSiteOf } from './proof-site-of.ts';
import { refute } from './refute.ts';
import { submitMeasured } from './report-validation.ts';
import { reviewMilestone, type Reviewed } from './review/review-milestone.ts';

/** What the configuration says of validators. */
export interface ValidatorSettings {
  readonly mcp?: McpAccess;
  /** Turns of a user tester beyond the flows of the assertions. */
  readonly explorationTurns?: number;
}

const nothingReviewed: Reviewed = { findings: [], checks: [], notReviewed: [] };

/**
 * One validator's part of a milestone. The engine measures first, and its verdicts are what everybody else is told; reviewers
 * then read each feature's change, and the agent tries to refute. The final proof of a mission is the engine's alone.
 */
export async function validateMilestone(
  claimed: ClaimedRun,
  surroundings: Surroundings,
  { mcp = noMcp, explorationTurns = 12 }: ValidatorSettings = {},
): Promise<void> {
  const { run } = claimed;
  const site = await proofSiteOf(claimed, surroundings);
  const helpers = new ChildRuns(claimed, await budgetOf(claimed));
  const measured = await measure(claimed, surroundings, { site, judge: judgeOf(claimed, helpers) });
  if (run.subject.final === true) return submitMeasured(claimed, site.sha, measured);
  const material = await materialOfRun(claimed, { source: site.repository, sha: site.sha });
  const reviewed = await reviewsOf(claimed, { site, measured, helpers, material });
  await refute(claimed, surroundings, {
    ...{ site, measured, reviewed, helpers, material, mcp, explorationTurns },
  });
}

interface Known {
  readonly site: ProofSite;
  readonly measured: Measured;
  readonly helpers: ChildRuns;
  readonly material: RepositoryMaterial;
}

/** Reviews belong to those who look at the code. */
async function reviewsOf(claimed: ClaimedRun, { measured, ...known }: Known): Promise<Reviewed> {
  if (claimed.run.role !== 'scrutiny') return nothingReviewed;
  return reviewMilestone(claimed, { ...known, proofs: measured.proofs });
}
