import type { ConclusionOf } from './commands/index.ts';
import { lintAssertion } from './assertion-lint.ts';
import { checkEntryPoints } from './entry-points.ts';
import { checkProof } from './proof-checks.ts';
import type { Assertion, ContractDraft } from './validation-contract.ts';
import type { FeatureDefinition, PlanDraft } from './plan.ts';
import type { ProposalProblem } from './proposal-problem.ts';

/** All the checks that need no model; an empty list says the proposal holds together. */
export function checkProposal({
  brief,
  plan,
  contract,
}: ConclusionOf<'proposed'>): readonly ProposalProblem[] {
  return [
    ...checkIds(plan, contract),
    ...checkReferences(plan, contract),
    ...checkDependencies(plan),
    ...checkCoverage(plan, contract),
    ...checkTraces(brief.requirements, contract.assertions),
    ...checkEntryPoints({ services: plan.services, environment: brief.environment }, contract.assertions),
    ...contract.assertions.flatMap((assertion) => checkAssertion(assertion, plan)),
  ];
}

/** What must hold of one assertion alone, in a proposal and in an amendment. */
export function checkAssertion(
  assertion: Assertion,
  product: Pick<PlanDraft, 'services'>,
): readonly ProposalProblem[] {
  return [...checkProof(assertion, product), ...lintAssertion(assertion)];
}

function checkIds(plan: PlanDraft, contract: ContractDraft): readonly ProposalProblem[] {
  return [
    ...duplicates(plan.milestones.map(({ id }) => id)),
    ...duplicates(plan.features.map(({ id }) => id)),
    ...duplicates(contract.assertions.map(({ id }) => id)),
  ];
}

function duplicates(ids: readonly string[]): readonly ProposalProblem[] {
  return ids
    .filter((id, index) => ids.indexOf(id) !== index)
    .map((id) => ({ where: id, what: 'is used more than once; every id is used once' }));
}

function checkReferences(plan: PlanDraft, contract: ContractDraft): readonly ProposalProblem[] {
  const milestones = new Set(plan.milestones.map(({ id }) => id));
  const assertions = new Set(contract.assertions.map(({ id }) => id));
  const problems = plan.features.flatMap((feature): ProposalProblem[] => [
    ...(milestones.has(feature.milestoneId)
      ? []
      : [
          { where: feature.id, what: `names the milestone ${feature.milestoneId}, which is not in the plan` },
        ]),
    ...feature.fulfils
      .filter((id) => !assertions.has(id))
      .map((id) => ({ where: feature.id, what: `fulfils ${id}, which is not in the contract` })),
    ...(feature.kind === 'planned'
      ? []
      : [{ where: feature.id, what: `is of kind ${feature.kind}; a plan holds only planned features` }]),
  ]);
  const used = new Set(plan.features.map(({ milestoneId }) => milestoneId));
  const empty = plan.milestones
    .filter(({ id }) => !used.has(id))
    .map(({ id }) => ({ where: id, what: 'has no feature' }));
  return [...problems, ...empty];
}

function checkDependencies(plan: PlanDraft): readonly ProposalProblem[] {
  const features = new Map(plan.features.map((feature) => [feature.id, feature]));
  const rank = new Map(plan.milestones.map(({ id }, index) => [id, index]));
  return plan.features.flatMap((feature) =>
    feature.dependsOn.flatMap((id): ProposalProblem[] => {
      const other = features.get(id);
      if (!other) return [{ where: feature.id, what: `depends on ${id}, which is not in the plan` }];
      if ((rank.get(other.milestoneId) ?? 0) > (rank.get(feature.milestoneId) ?? 0))
        return [{ where: feature.id, what: `depends on ${id}, which comes in a later milestone` }];
      return reaches(other, feature.id, features)
        ? [{ where: feature.id, what: `depends on itself by way of ${id}` }]
        : [];
    }),
  );
}

function reaches(
  from: FeatureDefinition,
  target: string,
  features: ReadonlyMap<string, FeatureDefinition>,
): boolean {
  const seen = new Set<string>();
  const open = [from];
  for (let feature = open.pop(); feature; feature = open.pop()) {
    if (feature.id === target) return true;
    if (seen.has(feature.id)) continue;
    seen.add(feature.id);
    open.push(...feature.dependsOn.flatMap((id) => features.get(id) ?? []));
  }
  return false;
}

function checkCoverage(plan: PlanDraft, contract: ContractDraft): readonly ProposalProblem[] {
  const claimed = new Set(plan.features.flatMap(({ fulfils }) => fulfils));
  return [
    ...plan.features
      .filter(({ fulfils }) => fulfils.length === 0)
      .map(({ id }) => ({ where: id, what: 'fulfils no assertion; every feature fulfils at least one' })),
    ...contract.assertions
      .filter(({ id }) => !claimed.has(id))
      .map(({ id }) => ({ where: id, what: 'is fulfilled by no feature; name it in the `fulfils` of one' })),
  ];
}

function checkTraces(
  requirements: readonly { readonly id: string }[],
  assertions: readonly Assertion[],
): readonly ProposalProblem[] {
  const known = new Set(requirements.map(({ id }) => id));
  const traced = new Set(assertions.flatMap(({ traces }) => traces));
  return [
    ...requirements
      .filter(({ id }) => !traced.has(id))
      .map(({ id }) => ({ where: id, what: 'is traced by no assertion' })),
    ...assertions.flatMap(({ id, traces }) =>
      traces
        .filter((requirement) => !known.has(requirement))
        .map((requirement) => ({ where: id, what: `traces ${requirement}, which is not in the brief` })),
    ),
  ];
}
