import {
  addUsage,
  helperUsageSchema,
  lostCallsSchema,
  noUsage,
  raisableLimitsSchema,
  rootFeatureId,
  usageSchema,
  workedMin,
  type Mission,
  type RunState,
  type Usage,
} from '@missions/mission';
import { z } from 'zod';
import { spendOf, missionCardSchema } from './mission-card.ts';
import { present } from './run-view.ts';

/** `runs` counts the runs of the share; where helpers have a share of their own, it counts them. */
const shareSchema = z.strictObject({ name: z.string(), runs: z.int(), usage: usageSchema });
const sharesSchema = z.array(shareSchema);

const runCostSchema = z.strictObject({
  id: z.string(),
  role: z.string(),
  task: z.string(),
  feature: z.string().optional(),
  milestone: z.string().optional(),
  round: z.int(),
  attempt: z.int(),
  status: z.string(),
  model: z.string().optional(),
  /** With its helpers and its lost calls. */
  usage: usageSchema,
  /** Without its helpers. */
  own: usageSchema,
  helpers: z.array(helperUsageSchema),
  /** Calls that were asked for again because their reply was lost. */
  lost: lostCallsSchema.optional(),
});

/** Where money and tokens went. Each grouping adds up to `total`; open runs count when they end. */
export const costViewSchema = z
  .strictObject({
    missionId: z.string(),
    spend: missionCardSchema.shape.spend,
    /** Granted to a run that is open, and not yet settled. */
    promisedUsd: z.number(),
    limits: raisableLimitsSchema,
    /** Minutes in which runs were held, of those that have let go. */
    workedMin: z.number(),
    total: usageSchema,
    byRole: sharesSchema,
    byModel: sharesSchema,
    byFeature: sharesSchema,
    byTask: sharesSchema,
    byFixRound: sharesSchema,
    byHelper: sharesSchema,
    byRun: z.array(runCostSchema),
    lost: lostCallsSchema.optional(),
  })
  .meta({ id: 'Cost' });

export type CostView = z.infer<typeof costViewSchema>;
export type RunCost = CostView['byRun'][number];

export function costView(mission: Mission): CostView {
  const runs = Object.values(mission.runs).filter(({ usage }) => usage !== undefined);
  return {
    missionId: mission.id,
    spend: spendOf(mission),
    promisedUsd: Object.values(mission.runs).reduce((sum, { sliceUsd }) => sum + sliceUsd, 0),
    limits: present(raisableLimitsSchema.parse(raisable(mission))),
    workedMin: workedMin(mission),
    total: mission.usage,
    byRole: shares(runs.map((run) => ({ name: run.role, usage: used(run) }))),
    byModel: shares(runs.flatMap(modelShares)),
    byFeature: shares(runs.map((run) => ({ name: featureName(mission, run), usage: used(run) }))),
    byTask: shares(runs.map((run) => ({ name: run.task, usage: used(run) }))),
    byFixRound: shares(runs.map((run) => ({ name: fixRoundName(mission, run), usage: used(run) }))),
    byHelper: shares(runs.flatMap(helperShares)),
    byRun: runs.map(runCost),
    ...present({ lost: lostCalls(runs) }),
  };
}

interface Share {
  readonly name: string;
  readonly usage: Usage;
}

function shares(parts: readonly Share[]): CostView['byRole'] {
  const found = new Map<string, { runs: number; usage: Usage }>();
  for (const { name, usage } of parts) {
    const known = found.get(name) ?? { runs: 0, usage: noUsage };
    found.set(name, { runs: known.runs + 1, usage: addUsage(known.usage, usage) });
  }
  return [...found].map(([name, share]) => ({ name, ...share }));
}

function used({ usage }: RunState): Usage {
  return usage ?? noUsage;
}

function own(run: RunState): Usage {
  return run.own ?? used(run);
}

/** A helper may use another model than its run, and an agent that is not ours several. */
function modelShares(run: RunState): readonly Share[] {
  const model = run.model ?? 'no model';
  const parts = [...(run.models ?? [{ usage: own(run) }]), ...(run.helpers ?? [])];
  return parts.map((part) => ({ name: part.model ?? model, usage: part.usage }));
}

function helperShares(run: RunState): readonly Share[] {
  const helpers = (run.helpers ?? []).map(({ usage }) => ({ name: `helpers of ${run.id}`, usage }));
  return [{ name: 'runs themselves', usage: own(run) }, ...helpers];
}

/** What a fix cost is shown with the feature it is charged to. */
function featureName(mission: Mission, { subject: { feature } }: RunState): string {
  return feature === undefined ? 'no feature' : rootFeatureId(mission, feature);
}

/** A fix belongs to the round whose findings it settles; so does the triage that ordered it, and the validation after it. */
function fixRoundName(mission: Mission, { task, subject }: RunState): string {
  const feature = subject.feature === undefined ? undefined : mission.features[subject.feature]?.definition;
  const source = mission.findings[feature?.sourceFindingIds[0] ?? ''];
  if (feature?.kind === 'fix' && source) return fixRound(source.milestoneId, source.round);
  if (task === 'triage' && subject.milestone !== undefined) return fixRound(subject.milestone, subject.round);
  const again = task === 'validate' && subject.final !== true && subject.round > 1;
  if (again && subject.milestone !== undefined) return fixRound(subject.milestone, subject.round - 1);
  return 'planned work';
}

function fixRound(milestone: string, round: number): string {
  return `${milestone} fix round ${String(round)}`;
}

function runCost(run: RunState): RunCost {
  const { id, role, task, subject, attempt, status, model, lost, helpers = [] } = run;
  const { feature, milestone, round } = subject;
  return {
    ...{ id, role, task, round, attempt, status },
    usage: used(run),
    own: own(run),
    helpers: [...helpers],
    ...present({ feature, milestone, model, lost }),
  };
}

function lostCalls(runs: readonly RunState[]): CostView['lost'] {
  const lost = runs.flatMap((run) => run.lost ?? []);
  if (lost.length === 0) return undefined;
  return {
    calls: lost.reduce((sum, { calls }) => sum + calls, 0),
    usage: lost.map(({ usage }) => usage).reduce(addUsage, noUsage),
  };
}

function raisable({ budget }: Mission): object {
  const limits = raisableLimitsSchema.keyof().options;
  return Object.fromEntries(limits.map((limit) => [limit, budget[limit]]));
}
