import type { Progress } from '@missions/agent';
import { commitFileView, toolsFor, type FileView } from '@missions/agent-tools';
import { DomainError } from '@missions/kernel';
import {
  notReviewed,
  reviewCheckName,
  reviewClaimSchema,
  type CheckRecord,
  type FindingDraft,
  type Mission,
  type ProofRecord,
  type ReviewClaim,
} from '@missions/mission';
import {
  closingInput,
  reviewBriefing,
  type ClaimedRun,
  type ChildRuns,
  type HelperEnd,
  type RepositoryMaterial,
  type RoleModel,
} from '@missions/runs';
import type { ProofSite } from '../../proof/index.ts';
import { inOrder } from '../../proof/in-order.ts';
import { prompts } from '../prompts.ts';
import { distinctFindings, isSameFinding } from './distinct-findings.ts';
import { locatedFinding } from './located-finding.ts';
import { reviewedFeatures, type ReviewedFeature } from './reviewed-features.ts';

/** What reviewers of a milestone hold against it, each once, and what became of each review. */
export interface Reviewed {
  readonly findings: readonly FindingDraft[];
  readonly checks: readonly CheckRecord[];
  /** Features that nobody has reviewed, and why. */
  readonly notReviewed: readonly string[];
}

export interface ReviewParts {
  readonly helpers: ChildRuns;
  readonly site: Pick<ProofSite, 'repository' | 'sha'>;
  readonly proofs: readonly ProofRecord[];
  readonly material: Pick<RepositoryMaterial, 'text'>;
}

/** Reviewers wait for their models, not for this machine. */
const reviewersAtOnce = 8;
const maxTurns = 30;
const shownEveryMs = 250;

/**
 * One reviewer for each feature of the round, in parallel: each reads the commit in a fresh context and tries to refute. A
 * review that cannot be had is said, and ends nothing: whatever keeps all of them from answering meets the validator next.
 */
export async function reviewMilestone(claimed: ClaimedRun, parts: ReviewParts): Promise<Reviewed> {
  const { mission, run, host, signal } = claimed;
  const features = await reviewedFeatures(mission, run, { ...parts.site, signal });
  if (features.length === 0) return { findings: [], checks: [], notReviewed: [] };
  const model = await host.modelFor('scrutiny');
  const files = commitFileView(parts.site.repository, parts.site.sha);
  const reviews = await inOrder(features, reviewersAtOnce, (reviewed) =>
    review(claimed, { ...parts, model, files }, reviewed),
  );
  const findings = distinctFindings(reviews.flatMap((done) => done.findings));
  return {
    findings: findings.filter((finding) => !isSettled(finding, mission)),
    checks: reviews.map(({ check }) => check),
    notReviewed: reviews.flatMap(({ problem }) => problem ?? []),
  };
}

interface Review {
  readonly findings: readonly FindingDraft[];
  readonly check: CheckRecord;
  readonly problem?: string;
}

interface Reviewer extends ReviewParts {
  readonly model: RoleModel;
  readonly files: FileView;
}

async function review(claimed: ClaimedRun, by: Reviewer, reviewed: ReviewedFeature): Promise<Review> {
  const { mission, signal } = claimed;
  const featureId = reviewed.feature.definition.id;
  const end = await ask(claimed, by, reviewed);
  const check = { name: reviewCheckName(featureId), command: `review by ${by.model.model.id}` };
  const claim = reviewClaimSchema.safeParse(closingInput(end)).data;
  if (!claim) {
    const problem = `${featureId}: ${failureOf(end)}`.slice(0, 4_000).toWellFormed();
    return { findings: [], check: { ...check, output: notReviewed(problem) }, problem };
  }
  const findings = await Promise.all(
    claim.findings.map((finding) => locatedFinding(finding, { mission, featureId, files: by.files, signal })),
  );
  const output = `${String(findings.length)} findings. ${claim.summary}`.trim();
  return { findings, check: { ...check, output } };
}

function failureOf({ outcome }: HelperEnd): string {
  return outcome.kind === 'failed' ? `${outcome.cause}: ${outcome.detail}` : 'it ended without a report';
}

function ask(
  claimed: ClaimedRun,
  { helpers, material, proofs, model, files }: Reviewer,
  { feature, changes }: ReviewedFeature,
): Promise<HelperEnd> {
  const { mission, run, host } = claimed;
  const { id, fulfils } = feature.definition;
  const known = proofs.filter(({ assertionId }) => fulfils.includes(assertionId));
  const { milestone, round } = run.subject;
  return helpers.ask({
    id: `${run.id}.review.${id}`,
    role: 'scrutiny',
    model,
    system: prompts.review,
    header: {
      mission: mission.id,
      role: 'scrutiny',
      task: 'review',
      feature: id,
      milestone,
      round,
      attempt: 1,
    },
    text: reviewBriefing({ mission, run, material }, { feature, changes, proofs: known }),
    tools: toolsFor(
      { role: 'scrutiny', task: 'review' },
      { files, redactor: host.redactor, conclude: { report_review: (claim) => accepted(claim, mission) } },
    ),
    maxTurns,
    endsWithText: false,
    onProgress: showing(claimed, reviewCheckName(id)),
  });
}

/** A finding about what does not exist would be lost; the reviewer can name it rightly. */
function accepted({ findings }: ReviewClaim, mission: Mission): Promise<undefined> {
  const unknown = findings.flatMap(({ assertionIds, featureIds }) => [
    ...assertionIds.filter((id) => !mission.assertions[id]),
    ...featureIds.filter((id) => !mission.features[id]),
  ]);
  if (unknown.length > 0)
    throw new DomainError('REPORT_INVALID', `These do not exist: ${unknown.join(', ')}.`, { unknown });
  return Promise.resolve(undefined);
}

/** What a reviewer does is what its run does, and moves it. */
function showing({ held }: ClaimedRun, what: string): (progress: Progress) => void {
  let shownAt = Number.NEGATIVE_INFINITY;
  return ({ lastToolLine, quietMs }) => {
    if (performance.now() - shownAt < shownEveryMs) return;
    shownAt = performance.now();
    held.show({ lastLine: `${what}: ${lastToolLine ?? 'thinking'}`.slice(0, 120), quietMs });
  };
}

const changesTheWork = new Set(['fix_now', 'roll_back']);

/** What was settled once without a change of the work is not held against it again. */
function isSettled(finding: FindingDraft, { findings }: Mission): boolean {
  return Object.values(findings).some(
    ({ settled, finding: known }) =>
      settled !== undefined && !changesTheWork.has(settled.choice) && isSameFinding(known, finding),
  );
}
