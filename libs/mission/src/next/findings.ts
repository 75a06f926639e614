import { fact, type MissionEvent } from '../events/index.ts';
import type { FindingDraft, FindingSource } from '../finding.ts';
import type {
  AssertionState,
  AssertionVerdict,
  FindingState,
  MilestoneState,
  Mission,
} from '../mission.state.ts';
import { isDone, nextFindingId } from '../queries.ts';

interface Raised {
  readonly source: FindingSource;
  readonly finding: FindingDraft;
}

/** Everything a validation round holds against the work, numbered in report order; nothing is dropped silently. */
export function findingsOf(mission: Mission, milestone: MilestoneState): readonly MissionEvent[] {
  const raised = [
    ...milestone.inScope.flatMap((id) => fromVerdict(mission, mission.assertions[id], milestone)),
    ...unknownSoFar(mission, milestone.engineFindings).map((finding): Raised => ({
      source: 'engine',
      finding,
    })),
    ...milestone.findings.map((finding): Raised => ({ source: 'validator', finding })),
    ...(milestone.final ? [] : fromHandoffs(mission, milestone)),
  ];
  return raised.map((item, index) =>
    fact('FindingRaised', {
      findingId: nextFindingId(mission, index),
      milestoneId: milestone.definition.id,
      round: milestone.round,
      ...item,
    }),
  );
}

/**
 * Rules find the same thing in every round; what is open, was let stand with a reason, or has a feature to come, is not raised
 * again.
 */
function unknownSoFar(mission: Mission, found: readonly FindingDraft[]): readonly FindingDraft[] {
  const known = new Set(
    Object.values(mission.findings)
      .filter((state) => state.source === 'engine' && (!state.settled || stands(mission, state)))
      .map(({ finding }) => keyOf(finding)),
  );
  return found.filter((finding, index) => {
    const key = keyOf(finding);
    return !known.has(key) && found.findIndex((other) => keyOf(other) === key) === index;
  });
}

function stands(mission: Mission, { id, settled }: FindingState): boolean {
  if (settled?.choice === 'dismiss' || settled?.choice === 'waive') return true;
  const awaited = settled?.choice === 'follow_up' || settled?.choice === 'rescope';
  return (
    awaited &&
    Object.values(mission.features).some(
      (feature) => !isDone(feature) && feature.definition.sourceFindingIds.includes(id),
    )
  );
}

function keyOf({ severity, category, title, location, detail }: FindingDraft): string {
  return JSON.stringify([severity, category, title, location, detail]);
}

function fromVerdict(
  mission: Mission,
  assertion: AssertionState | undefined,
  milestone: MilestoneState,
): readonly Raised[] {
  if (!assertion || assertion.waived) return [];
  const { id, statement, priority } = assertion.definition;
  const last = assertion.history.at(-1);
  const current = last?.targetSha === milestone.targetSha ? last : undefined;
  if (current?.verdict === 'pass') return [];
  const featureIds = Object.values(mission.features)
    .filter(({ definition }) => definition.fulfils.includes(id) && definition.kind !== 'fix')
    .map(({ definition }) => definition.id);
  return [
    {
      source: current?.verdict === 'fail' ? 'failed_verdict' : 'inconclusive_verdict',
      finding: {
        severity: priority === 'minor' ? 'minor' : priority === 'major' ? 'major' : 'blocker',
        category: categoryOf(assertion, current),
        title: `${id} ${current?.verdict ?? 'not_run'}: ${statement}`.slice(0, 400),
        detail: current
          ? `Expected: ${current.expected}\nObserved: ${current.observed}`.slice(0, 8000)
          : 'No verdict at the commit under validation.',
        assertionIds: [id],
        featureIds,
      },
    },
  ];
}

/** A verdict that is doubted speaks against the proof, not against the work. */
function categoryOf(
  { definition }: AssertionState,
  current: AssertionVerdict | undefined,
): FindingDraft['category'] {
  if (current?.doubt) return 'test_quality';
  return definition.type === 'non_regression' ? 'regression' : 'defect';
}

/** Problems that workers reported since the round before: blocking issues, and what they say they left undone. */
function fromHandoffs(mission: Mission, milestone: MilestoneState): readonly Raised[] {
  return mission.handoffs
    .slice(milestone.handoffsFrom, milestone.handoffsTo)
    .filter(({ claim }) => claim.outcome === 'success')
    .flatMap(({ featureId, claim }): Raised[] => [
      ...claim.discoveredIssues
        .filter(({ severity }) => severity === 'blocking')
        .map((issue): Raised => ({
          source: 'discovered_issue',
          finding: draft(featureId, `${featureId} met a problem: ${issue.description}`, {
            severity: 'major',
            category: 'defect',
            detail: [issue.location, issue.suggestedFix].filter(Boolean).join('\n'),
          }),
        })),
      ...claim.whatWasLeftUndone.map((undone): Raised => ({
        source: 'left_undone',
        finding: draft(featureId, `${featureId} left undone: ${undone}`, {
          severity: 'minor',
          category: 'missing',
          detail: undone,
        }),
      })),
    ]);
}

function draft(
  featureId: string,
  title: string,
  rest: Pick<FindingDraft, 'severity' | 'category' | 'detail'>,
): FindingDraft {
  return { ...rest, title: title.slice(0, 400), assertionIds: [], featureIds: [featureId] };
}
