import type { PlanView } from '@missions/contracts';

/** The plan and its contract as a person reads them before approving. */
export function planText(plan: PlanView): string {
  const features = plan.milestones.flatMap(({ id, title, features: own }) => [
    `${id} ${title}`,
    ...own.map(
      ({ definition }) => `  ${definition.id} ${definition.title} → ${definition.fulfils.join(', ')}`,
    ),
  ]);
  const assertions = plan.assertions.map(
    ({ definition, baseline }) =>
      `  ${definition.id.padEnd(13)} ${definition.statement} [${definition.proof.method}; on the base: ${baseline}]`,
  );
  return [...features, 'Contract, frozen by the approval:', ...assertions].join('\n');
}
