import { isDone, needsYou, openApprovals, type Mission } from '@missions/mission';
import { z } from 'zod';
import { headlineOf, headlineSchema } from './headline.ts';

/** A mission as one line of the list. */
export const missionCardSchema = z
  .strictObject({
    id: z.string(),
    title: z.string(),
    goal: z.string(),
    status: z.string(),
    headline: headlineSchema,
    /** Why it waits for a person. */
    needsYou: z.enum(['question', 'approval', 'blocked', 'paused']).optional(),
    features: z.strictObject({ done: z.int(), total: z.int() }),
    assertions: z.strictObject({ pass: z.int(), fail: z.int(), waived: z.int(), total: z.int() }),
    spend: z.strictObject({
      usd: z.number(),
      budgetUsd: z.number().optional(),
      /** Some calls had no price: their cost is not in `usd`. */
      unpriced: z.boolean(),
    }),
    createdBy: z.string(),
    createdAt: z.string(),
    updatedAt: z.string(),
    openApprovals: z.int(),
    seq: z.int(),
  })
  .meta({ id: 'MissionCard' });

export type MissionCard = z.infer<typeof missionCardSchema>;

export function missionCard(
  mission: Mission,
  { updatedAt, stale = false }: { readonly updatedAt: string; readonly stale?: boolean },
): MissionCard {
  const waiting = needsYou(mission);
  return {
    id: mission.id,
    title: titleOf(mission),
    goal: mission.goal,
    status: mission.status,
    headline: headlineOf(mission, { stale }),
    ...(waiting && { needsYou: waiting }),
    features: featureCount(mission),
    assertions: assertionCount(mission),
    spend: spendOf(mission),
    createdBy: mission.createdBy,
    createdAt: mission.createdAt,
    updatedAt,
    openApprovals: openApprovals(mission).length,
    seq: mission.version,
  };
}

export function titleOf(mission: Mission): string {
  const title = mission.brief?.title ?? mission.proposal?.brief.title ?? mission.scoping.brief?.title;
  return title ?? firstLine(mission.goal);
}

export function featureCount(mission: Mission): MissionCard['features'] {
  const features = Object.values(mission.features);
  return { done: features.filter(isDone).length, total: features.length };
}

/** `pass` is the newest verdict of each assertion, at whatever commit it was reached. */
export function assertionCount(mission: Mission): MissionCard['assertions'] {
  const assertions = Object.values(mission.assertions);
  const waived = assertions.filter((assertion) => assertion.waived !== undefined);
  return {
    pass: assertions.filter(({ waived: by, verdict }) => by === undefined && verdict === 'pass').length,
    fail: assertions.filter(({ waived: by, verdict }) => by === undefined && verdict === 'fail').length,
    waived: waived.length,
    total: assertions.length,
  };
}

export function spendOf(mission: Mission): MissionCard['spend'] {
  const { maxCostUsd } = mission.budget;
  return {
    usd: mission.usage.costUsd,
    ...(maxCostUsd !== undefined && { budgetUsd: maxCostUsd }),
    unpriced: mission.usage.unpriced,
  };
}

function firstLine(text: string): string {
  const line = text.split('\n')[0] ?? '';
  return line.length <= 80 ? line : `${line.slice(0, 79)}…`;
}
