import {
  needsYou,
  openApprovals,
  openQuestions,
  openRun,
  questionSchema,
  repositorySchema,
  toFinishSchema,
  usageSchema,
  type Estimate,
  type Mission,
  type MilestoneState,
} from '@missions/mission';
import { z } from 'zod';
import { approvalViewSchema, approvalViews } from './approval-view.ts';
import { headlineOf, headlineSchema } from './headline.ts';
import { assertionCount, featureCount, missionCardSchema, spendOf, titleOf } from './mission-card.ts';
import { present, runView, runViewSchema, type LiveRuns } from './run-view.ts';

const milestoneSummarySchema = z.strictObject({
  id: z.string(),
  title: z.string(),
  status: z.string(),
  round: z.int(),
  fixRounds: z.int(),
  features: z.strictObject({ done: z.int(), total: z.int() }),
});

export const questionViewSchema = z
  .strictObject({
    question: questionSchema,
    round: z.int(),
    state: z.enum(['open', 'answered', 'assumed']),
    answer: z.string().optional(),
    answeredBy: z.string().optional(),
    assumption: z.string().optional(),
  })
  .meta({ id: 'QuestionState' });

export type QuestionView = z.infer<typeof questionViewSchema>;

/** One mission at a glance: what it does, whether it needs somebody, how far it is, what it costs. */
export const missionViewSchema = z
  .strictObject({
    id: z.string(),
    seq: z.int(),
    title: z.string(),
    goal: z.string(),
    status: z.string(),
    headline: headlineSchema,
    needsYou: missionCardSchema.shape.needsYou,
    block: z
      .strictObject({
        cause: z.string(),
        detail: z.string(),
        needs: z.string(),
        /** Of cause budget: what finishing would cost, and how that is known. */
        toFinish: toFinishSchema.optional(),
        /** Of cause lock_wait: the claim that keeps its place in the queue meanwhile. */
        claimId: z.string().optional(),
      })
      .optional(),
    autonomy: z.string(),
    integration: z.string(),
    stance: z.string(),
    priority: z.int(),
    repository: repositorySchema.optional(),
    branch: z.string(),
    head: z.string().optional(),
    approvedHash: z.string().optional(),
    features: missionCardSchema.shape.features,
    assertions: missionCardSchema.shape.assertions,
    spend: missionCardSchema.shape.spend,
    usage: usageSchema,
    milestones: z.array(milestoneSummarySchema),
    now: runViewSchema.optional(),
    questions: z.array(questionViewSchema),
    approvals: z.array(approvalViewSchema),
    createdBy: z.string(),
    createdAt: z.string(),
  })
  .meta({ id: 'Mission' });

export type MissionView = z.infer<typeof missionViewSchema>;

export function missionView(
  mission: Mission,
  {
    live,
    stale,
    estimate,
  }: { readonly live: LiveRuns; readonly stale: boolean; readonly estimate?: Estimate | undefined },
): MissionView {
  const run = openRun(mission);
  return {
    id: mission.id,
    seq: mission.version,
    title: titleOf(mission),
    goal: mission.goal,
    status: mission.status,
    headline: headlineOf(mission, { stale }),
    ...present({
      needsYou: needsYou(mission),
      block: mission.block,
      repository: mission.repository,
      head: mission.head?.sha,
      approvedHash: mission.approvedHash,
      now: run && runView(mission.id, run, live.get(run.id)),
    }),
    autonomy: mission.autonomy,
    integration: mission.integration,
    stance: mission.stance,
    priority: mission.priority,
    branch: `missions/${mission.id}`,
    features: featureCount(mission),
    assertions: assertionCount(mission),
    spend: spendOf(mission),
    usage: mission.usage,
    milestones: Object.values(mission.milestones).map((milestone) => milestoneSummary(mission, milestone)),
    questions: questionViews(mission),
    approvals: approvalViews(mission, openApprovals(mission), estimate),
    createdBy: mission.createdBy,
    createdAt: mission.createdAt,
  };
}

export function questionViews(mission: Mission): QuestionView[] {
  const open = new Set(openQuestions(mission).map(({ question }) => question.id));
  return Object.values(mission.scoping.questions).map(({ question, round, answer, assumption }) => ({
    question,
    round,
    state: answer ? 'answered' : assumption === undefined && open.has(question.id) ? 'open' : 'assumed',
    ...present({ answer: answer?.value, answeredBy: answer?.by, assumption }),
  }));
}

function milestoneSummary(mission: Mission, milestone: MilestoneState): MissionView['milestones'][number] {
  const { definition, status, round, fixRounds } = milestone;
  const features = Object.values(mission.features).filter(
    (one) => one.definition.milestoneId === definition.id,
  );
  const done = features.filter((one) => ['accepted', 'skipped', 'cancelled'].includes(one.status)).length;
  const { id, title } = definition;
  return { id, title, status, round, fixRounds, features: { done, total: features.length } };
}
