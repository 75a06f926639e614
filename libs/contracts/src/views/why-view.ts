import type { Mission } from '@missions/mission';
import { z } from 'zod';
import { assertionView, assertionViewSchema } from './contract-view.ts';
import { findingViews, findingViewSchema } from './work-views.ts';

/** Why an assertion is what it is: what it says, who was to make it true, every verdict, what followed. */
export const whyViewSchema = z
  .strictObject({
    missionId: z.string(),
    assertion: assertionViewSchema,
    /** The story in sentences, oldest first. */
    story: z.array(z.string()),
    features: z.array(
      z.strictObject({
        id: z.string(),
        title: z.string(),
        status: z.string(),
        headSha: z.string().optional(),
      }),
    ),
    findings: z.array(findingViewSchema),
  })
  .meta({ id: 'Why' });

export type WhyView = z.infer<typeof whyViewSchema>;

/** Undefined when the contract has no such assertion. */
export function whyView(mission: Mission, assertionId: string): WhyView | undefined {
  const state = mission.assertions[assertionId];
  if (state === undefined) return undefined;
  const findings = findingViews(mission).filter(({ finding }) => finding.assertionIds.includes(assertionId));
  const sources = new Set(findings.map(({ id }) => id));
  const features = Object.values(mission.features).filter(
    ({ definition }) =>
      definition.fulfils.includes(assertionId) || definition.sourceFindingIds.some((id) => sources.has(id)),
  );
  return {
    missionId: mission.id,
    assertion: assertionView(state),
    story: story(mission, assertionId, findings),
    features: features.map(({ definition: { id, title }, status, headSha }) => ({
      ...{ id, title, status },
      ...(headSha !== undefined && { headSha }),
    })),
    findings,
  };
}

function story(mission: Mission, assertionId: string, findings: WhyView['findings']): string[] {
  const state = mission.assertions[assertionId];
  if (state === undefined) return [];
  const verdicts = state.history.map(
    ({ milestoneId, round, verdict, runId, targetSha, observed, loweredFrom }) =>
      `${milestoneId} round ${String(round)}: ${verdict} at ${targetSha.slice(0, 12)} by ${runId}` +
      (loweredFrom === undefined ? '' : ` (the engine had said ${loweredFrom})`) +
      (observed === '' ? '' : `: ${observed}`),
  );
  const settled = findings.map(
    ({ id, finding, settled: how }) =>
      `${id} "${finding.title}" ${how ? `was settled as ${how.choice}: ${how.justification}` : 'is not settled'}`,
  );
  const waived = state.waived ? [`Waived by ${state.waived.by}: ${state.waived.reason}`] : [];
  return [`Before any work: ${state.baseline}`, ...verdicts, ...settled, ...waived];
}
