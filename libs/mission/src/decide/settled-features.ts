import type { MissionEvent } from '../events/index.ts';
import type { AssertionVerdict, FindingState, Mission } from '../mission.state.ts';
import type { FeatureDraft } from '../plan.ts';
import { rootFeatureId } from '../queries.ts';
import { addedFeatures } from './delta.ts';
import { bringsFeature, type Triage } from './settlement-checks.ts';

/** Drafts of the plan delta first serve the items that they name; an item nobody serves gets a feature of its own. */
export function newFeatures(triage: Triage): readonly MissionEvent[] {
  const { settled, mission, milestone } = triage;
  const drafts = settled.plan_delta?.features ?? [];
  const used = new Set<FeatureDraft>();
  const events: MissionEvent[] = [];
  for (const { item, choice } of settled.items) {
    if (!bringsFeature(choice)) continue;
    const named = drafts.find(({ sourceFindingIds }) => sourceFindingIds.includes(item));
    if (named && used.has(named)) continue;
    if (named) used.add(named);
    const fix = choice === 'fix_now';
    const draft = complete(triage, item, named);
    const placed = fix ? { ...draft, milestoneId: milestone.definition.id } : draft;
    events.push(...addedFeatures(mission, [placed], fix ? 'fix' : 'follow_up', events.length));
  }
  return events;
}

/** The feature a fix of this finding is charged to: the one it names, else the first that fulfils its assertion. */
export function rootOf(mission: Mission, finding: FindingState | undefined): string | undefined {
  if (!finding) return undefined;
  const named = finding.finding.featureIds[0];
  if (named !== undefined && mission.features[named]) return rootFeatureId(mission, named);
  const fulfilling = Object.values(mission.features).find(({ definition }) =>
    finding.finding.assertionIds.some((id) => definition.fulfils.includes(id)),
  );
  return fulfilling && rootFeatureId(mission, fulfilling.definition.id);
}

/** The draft with all that its worker needs to see the fault: what was observed, how to see it again, what has to hold. */
function complete(
  { mission, findings }: Triage,
  item: string,
  named: FeatureDraft | undefined,
): FeatureDraft {
  const draft = named ?? blank(findings.get(item), item);
  const served = draft.sourceFindingIds.flatMap((id) => findings.get(id) ?? []);
  const owed = served.flatMap(({ finding }) => finding.assertionIds).filter((id) => mission.assertions[id]);
  const root = rootOf(mission, findings.get(item));
  const holds = owed.flatMap((id) => mission.assertions[id]?.definition.statement ?? []);
  return {
    ...draft,
    description: bounded([draft.description, ...served.map((finding) => told(mission, finding))]),
    expectedBehavior: distinct([...draft.expectedBehavior, ...holds]),
    fulfils: distinct([...draft.fulfils, ...owed]),
    ...(root !== undefined && { rootFeatureId: root }),
  };
}

function blank(finding: FindingState | undefined, item: string): FeatureDraft {
  return {
    title: `Fix: ${finding?.finding.title ?? item}`.slice(0, 200),
    description: '',
    preconditions: [],
    expectedBehavior: [],
    fulfils: [],
    touches: [],
    dependsOn: [],
    sourceFindingIds: [item],
  };
}

function told(mission: Mission, { id, finding, ...state }: FindingState): string {
  const steps = finding.assertionIds.flatMap((assertionId) => {
    const { history = [] } = mission.assertions[assertionId] ?? {};
    return history.filter((verdict) => isOf(verdict, state)).flatMap(({ reproSteps }) => reproSteps);
  });
  return [
    `${id}: ${finding.title}`,
    finding.location && `Where: ${finding.location}`,
    finding.detail,
    finding.suggestedFix,
    ...(steps.length > 0 ? ['To see it:', ...steps.map((step) => `- ${step}`)] : []),
  ]
    .filter(Boolean)
    .join('\n');
}

function isOf(
  verdict: AssertionVerdict,
  { milestoneId, round }: Pick<FindingState, 'milestoneId' | 'round'>,
): boolean {
  return verdict.milestoneId === milestoneId && verdict.round === round;
}

function bounded(parts: readonly string[]): string {
  return parts.filter(Boolean).join('\n\n').slice(0, 8000);
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)].slice(0, 100);
}
