import { fact, type MissionEvent } from '../events/index.ts';
import type { FindingDraft, FindingSource } from '../finding.ts';
import type { AssertionState, MilestoneState, Mission } from '../mission.state.ts';
import { nextFindingId } from '../queries.ts';

interface Raised {
  readonly source: FindingSource;
  readonly finding: FindingDraft;
}

/** Everything a validation round holds against the work, numbered in report order; nothing is dropped silently. */
export function findingsOf(mission: Mission, milestone: MilestoneState): readonly MissionEvent[] {
  const raised = [
    ...milestone.inScope.flatMap((id) => fromVerdict(mission, mission.assertions[id], milestone)),
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
        category: assertion.definition.type === 'non_regression' ? 'regression' : 'defect',
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
