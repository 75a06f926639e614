import {
  broadcastDraftSchema,
  findingDraftSchema,
  findingSourceSchema,
  handoffSchema,
  settlementChoiceSchema,
  type FindingState,
  type Mission,
} from '@missions/mission';
import { z } from 'zod';
import { fixSchema, fixOf } from './finding-fix.ts';
import { present } from './run-view.ts';

export const handoffViewSchema = handoffSchema.extend({ number: z.int() }).meta({ id: 'Handoff' });
export type HandoffView = z.infer<typeof handoffViewSchema>;

export const findingViewSchema = z
  .strictObject({
    id: z.string(),
    milestoneId: z.string(),
    round: z.int(),
    source: findingSourceSchema,
    finding: findingDraftSchema,
    settled: z
      .strictObject({ choice: settlementChoiceSchema, justification: z.string(), decidedBy: z.string() })
      .optional(),
    /** Features that were added because of it. */
    followedBy: z.array(z.string()),
    fix: fixSchema.optional(),
  })
  .meta({ id: 'Finding' });
export type FindingView = z.infer<typeof findingViewSchema>;

export const broadcastViewSchema = z
  .strictObject({ version: z.int(), by: z.string(), broadcast: broadcastDraftSchema })
  .meta({ id: 'Broadcast' });
export type BroadcastView = z.infer<typeof broadcastViewSchema>;

export function handoffViews({ handoffs }: Mission): HandoffView[] {
  return handoffs.map((handoff, index) => ({ number: index + 1, ...handoff }));
}

export function findingViews(mission: Mission): FindingView[] {
  return Object.values(mission.findings).map((finding) => findingView(mission, finding));
}

export function findingView(mission: Mission, { settled, ...finding }: FindingState): FindingView {
  const followers = Object.values(mission.features).filter(({ definition }) =>
    definition.sourceFindingIds.includes(finding.id),
  );
  return {
    ...finding,
    followedBy: followers.map(({ definition }) => definition.id),
    ...present({ settled, fix: fixOf(mission, finding.finding.assertionIds, followers) }),
  };
}

export function broadcastViews({ broadcasts }: Mission): BroadcastView[] {
  return broadcasts.map(({ version, by, broadcast }) => ({ version, by, broadcast }));
}
