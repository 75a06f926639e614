import { estimateSchema, type ApprovalState, type Estimate, type Mission } from '@missions/mission';
import { z } from 'zod';
import { titleOf } from './mission-card.ts';
import { present } from './run-view.ts';

/** Something a person has to decide. */
export const approvalViewSchema = z
  .strictObject({
    /** `<mission>:<approval>`, unique over all missions. */
    id: z.string(),
    missionId: z.string(),
    missionTitle: z.string(),
    kind: z.enum(['plan', 'amendment', 'waiver']),
    summary: z.string(),
    hash: z.string().optional(),
    assertionIds: z.array(z.string()),
    /** What exactly would change, for an amendment. */
    planDelta: z.unknown().optional(),
    contractDelta: z.unknown().optional(),
    /** Of a plan: what it may cost, and how that is known. */
    estimate: estimateSchema.optional(),
  })
  .meta({ id: 'Approval' });

export type ApprovalView = z.infer<typeof approvalViewSchema>;

export function approvalViews(
  mission: Mission,
  approvals: readonly ApprovalState[],
  estimate?: Estimate,
): ApprovalView[] {
  return approvals.map(({ id, kind, summary, hash, assertionIds, planDelta, contractDelta }) => ({
    id: `${mission.id}:${id}`,
    missionId: mission.id,
    missionTitle: titleOf(mission),
    kind,
    summary,
    assertionIds: [...assertionIds],
    ...present({ hash, planDelta, contractDelta, estimate: kind === 'plan' ? estimate : undefined }),
  }));
}

/** Splits `m-7f3k2a:APR-1`; undefined for text that is no approval's id. */
export function parseApprovalId(
  text: string,
): { readonly missionId: string; readonly approvalId: string } | undefined {
  const match = /^(m-[a-z0-9]{4,40}):(APR-\d+)$/.exec(text);
  const [, missionId, approvalId] = match ?? [];
  return missionId === undefined || approvalId === undefined ? undefined : { missionId, approvalId };
}
