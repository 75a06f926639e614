import { fact, type MissionEvent } from '../events/index.ts';
import type { Mission } from '../mission.state.ts';
import type { FeatureDraft, FeatureDefinition } from '../plan.ts';
import { faultOfTouches } from '../claimed-resources.ts';
import { checkEntryPoints } from '../entry-points.ts';
import { checkAssertion } from '../proposal-checks.ts';
import type { ProposalProblem } from '../proposal-problem.ts';
import type { Assertion } from '../validation-contract.ts';
import { currentMilestone, lastMilestone, nextFeatureId } from '../queries.ts';
import { refuse } from '../refusals.ts';
import type { ContractDelta, PlanDelta } from '../settlement.ts';

/** Refuses a change that names what does not exist, cannot be proven, or brings an assertion nobody fulfils. */
export function checkDelta(
  mission: Mission,
  planDelta: PlanDelta | undefined,
  contractDelta: ContractDelta | undefined,
): void {
  const features = planDelta?.features ?? [];
  const assertions = contractDelta?.assertions ?? [];
  const known = new Set([...Object.keys(mission.assertions), ...assertions.map(({ id }) => id)]);
  const claimed = new Set([
    ...features.flatMap(({ fulfils }) => fulfils),
    ...Object.values(mission.features).flatMap(({ definition }) => definition.fulfils),
  ]);
  const problems = [
    ...features
      .filter(({ milestoneId }) => milestoneId !== undefined && !mission.milestones[milestoneId])
      .map(({ title, milestoneId }) => `"${title}" names the unknown milestone ${String(milestoneId)}`),
    ...features.flatMap(({ title, fulfils }) =>
      fulfils.filter((id) => !known.has(id)).map((id) => `"${title}" fulfils the unknown ${id}`),
    ),
    ...features.flatMap(({ title, dependsOn }) =>
      dependsOn.filter((id) => !mission.features[id]).map((id) => `"${title}" depends on the unknown ${id}`),
    ),
    ...features
      .flatMap((feature) => faultOfTouches(mission, feature) ?? [])
      .map((fault) => `a feature ${fault}`),
    ...assertions
      .filter(({ id }, index) => assertions.findIndex((other) => other.id === id) !== index)
      .map(({ id }) => `${id} is changed twice`),
    ...assertions.filter(({ id }) => !claimed.has(id)).map(({ id }) => `${id} is fulfilled by no feature`),
    ...assertions.flatMap((assertion) =>
      checkAssertion(assertion, { services: mission.outline?.services ?? [] }).map(said),
    ),
    ...noLongerProved(mission, assertions),
  ];
  if (problems.length > 0) refuse('DELTA_INVALID', problems.join('; '), { problems });
}

function said({ where, what }: ProposalProblem): string {
  return `${where} ${what}`;
}

/** An amendment replaces; it never makes the contract say less about a requirement or a door of the product. */
function noLongerProved(mission: Mission, amended: readonly Assertion[]): readonly string[] {
  const present = Object.values(mission.assertions).map(({ definition }) => definition);
  const after = [...present.filter(({ id }) => amended.every((other) => other.id !== id)), ...amended];
  const traced = new Set(after.flatMap(({ traces }) => traces));
  const doors = { services: mission.outline?.services ?? [], environment: mission.brief?.environment ?? {} };
  const open = checkEntryPoints(doors, present).map(said);
  return [
    ...[...new Set(present.flatMap(({ traces }) => traces))]
      .filter((requirement) => !traced.has(requirement))
      .map((requirement) => `${requirement} would be traced by no assertion any more`),
    ...checkEntryPoints(doors, after)
      .map(said)
      .filter((problem) => !open.includes(problem)),
  ];
}

/** Numbers the drafts in their order and puts each where it says, else into the milestone at work. */
export function addedFeatures(
  mission: Mission,
  drafts: readonly FeatureDraft[],
  kind: FeatureDefinition['kind'],
  offset = 0,
): readonly MissionEvent[] {
  const home = currentMilestone(mission) ?? lastMilestone(mission);
  const lastOrder = Math.max(0, ...Object.values(mission.features).map(({ definition }) => definition.order));
  return drafts.map((draft, index) => {
    const milestoneId = draft.milestoneId ?? home?.definition.id ?? 'M1';
    return fact('FeatureAdded', {
      feature: {
        ...draft,
        id: nextFeatureId(mission, offset + index),
        milestoneId: openMilestone(mission, milestoneId),
        order: lastOrder + 1 + offset + index,
        kind,
      },
    });
  });
}

/** A milestone that has passed takes no more work; what was meant for it goes into the one at work. */
function openMilestone(mission: Mission, milestoneId: string): string {
  if (mission.milestones[milestoneId]?.status !== 'passed') return milestoneId;
  return (currentMilestone(mission) ?? lastMilestone(mission))?.definition.id ?? milestoneId;
}
