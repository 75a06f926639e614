import { addUsage, noUsage, usageSchema, type Mission, type RunState, type Usage } from '@missions/mission';
import { z } from 'zod';
import { spendOf, missionCardSchema } from './mission-card.ts';

const shareSchema = z.strictObject({ name: z.string(), runs: z.int(), usage: usageSchema });

/** Where money and tokens went. Open runs count when they end. */
export const costViewSchema = z
  .strictObject({
    missionId: z.string(),
    spend: missionCardSchema.shape.spend,
    total: usageSchema,
    byRole: z.array(shareSchema),
    byModel: z.array(shareSchema),
    byFeature: z.array(shareSchema),
    byTask: z.array(shareSchema),
  })
  .meta({ id: 'Cost' });

export type CostView = z.infer<typeof costViewSchema>;

export function costView(mission: Mission): CostView {
  const runs = Object.values(mission.runs);
  return {
    missionId: mission.id,
    spend: spendOf(mission),
    total: mission.usage,
    byRole: shares(runs, ({ role }) => role),
    byModel: shares(runs, ({ model }) => model ?? 'no model'),
    byFeature: shares(runs, ({ subject }) => subject.feature),
    byTask: shares(runs, ({ task }) => task),
  };
}

function shares(
  runs: readonly RunState[],
  nameOf: (run: RunState) => string | undefined,
): CostView['byRole'] {
  const found = new Map<string, { runs: number; usage: Usage }>();
  for (const run of runs) {
    const name = nameOf(run);
    if (name === undefined || run.usage === undefined) continue;
    const known = found.get(name) ?? { runs: 0, usage: noUsage };
    found.set(name, { runs: known.runs + 1, usage: addUsage(known.usage, run.usage) });
  }
  return [...found].map(([name, share]) => ({ name, ...share }));
}
