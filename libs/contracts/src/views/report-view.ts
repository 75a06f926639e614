import {
  evidenceSchema,
  isSettledAt,
  unsettledFindings,
  usageSchema,
  type AssertionState,
  type Mission,
} from '@missions/mission';
import { z } from 'zod';
import { costView, costViewSchema } from './cost-view.ts';
import { headlineOf, headlineSchema } from './headline.ts';
import { assertionCount, missionCardSchema, titleOf } from './mission-card.ts';
import { present } from './run-view.ts';
import { findingViews, findingViewSchema } from './work-views.ts';

const reportFeatureSchema = z.strictObject({
  id: z.string(),
  title: z.string(),
  milestoneId: z.string(),
  kind: z.string(),
  status: z.string(),
  attempts: z.int(),
  commit: z.string().optional(),
  filesChanged: z.array(z.string()),
  reason: z.string().optional(),
});

const reportAssertionSchema = z.strictObject({
  id: z.string(),
  statement: z.string(),
  priority: z.string(),
  method: z.string(),
  verdict: z.string(),
  commit: z.string().optional(),
  observed: z.string().optional(),
  evidence: z.array(evidenceSchema),
  /** How often it was judged, and what was said before. */
  verdicts: z.array(z.string()),
});

/** What a mission did, and what it did not prove. */
export const reportViewSchema = z
  .strictObject({
    missionId: z.string(),
    seq: z.int(),
    title: z.string(),
    goal: z.string(),
    headline: headlineSchema,
    repository: z.string().optional(),
    branch: z.string(),
    baseSha: z.string().optional(),
    headSha: z.string().optional(),
    features: z.array(reportFeatureSchema),
    counts: missionCardSchema.shape.assertions,
    assertions: z.array(reportAssertionSchema),
    findings: z.array(findingViewSchema),
    waivers: z.array(
      z.strictObject({ assertionId: z.string(), by: z.string(), reason: z.string(), at: z.string() }),
    ),
    amendments: z.int(),
    assumptions: z.array(z.string()),
    /** In sentences; empty only when every assertion is proven at the final commit and nothing was left open. */
    notProven: z.array(z.string()),
    cost: costViewSchema,
    usage: usageSchema,
    runs: z.int(),
    takeovers: z.int(),
    startedAt: z.string(),
    endedAt: z.string().optional(),
  })
  .meta({ id: 'Report' });

export type ReportView = z.infer<typeof reportViewSchema>;

/** The report of a mission at any moment of its life, from its facts alone. */
export function missionReport(mission: Mission): ReportView {
  const runs = Object.values(mission.runs);
  const ends = runs.flatMap(({ endedAt }) => endedAt ?? []).sort((left, right) => left.localeCompare(right));
  return {
    missionId: mission.id,
    seq: mission.version,
    title: titleOf(mission),
    goal: mission.goal,
    headline: headlineOf(mission),
    branch: `missions/${mission.id}`,
    ...present({
      repository: mission.repository?.url,
      baseSha: mission.repository?.baseSha,
      headSha: mission.head?.sha,
      endedAt: ends.at(-1),
    }),
    features: Object.values(mission.features).map(reportFeature),
    counts: assertionCount(mission),
    assertions: Object.values(mission.assertions).map(reportAssertion),
    findings: findingViews(mission),
    waivers: Object.values(mission.assertions).flatMap(({ definition, waived }) =>
      waived ? [{ assertionId: definition.id, ...waived }] : [],
    ),
    amendments: mission.amendments,
    assumptions: (mission.brief?.assumptions ?? []).map(({ text }) => text),
    notProven: notProven(mission),
    cost: costView(mission),
    usage: mission.usage,
    runs: runs.length,
    takeovers: runs.reduce((sum, { claims }) => sum + Math.max(0, claims - 1), 0),
    startedAt: mission.createdAt,
  };
}

function reportFeature({
  definition,
  status,
  attempts,
  headSha,
  filesChanged,
  reason,
}: Mission['features'][string]): ReportView['features'][number] {
  const { id, title, milestoneId, kind } = definition;
  return {
    ...{ id, title, milestoneId, kind, status, attempts },
    filesChanged: [...filesChanged],
    ...present({ commit: headSha, reason }),
  };
}

function reportAssertion(assertion: AssertionState): ReportView['assertions'][number] {
  const { definition, verdict, waived, history, targetSha } = assertion;
  const last = history.at(-1);
  return {
    id: definition.id,
    statement: definition.statement,
    priority: definition.priority,
    method: definition.proof.method,
    verdict: waived ? 'waived' : (verdict ?? 'not_run'),
    evidence: [...(last?.evidence ?? [])],
    verdicts: history.map((one) => `${one.milestoneId}.${String(one.round)}: ${one.verdict}`),
    ...present({ commit: targetSha, observed: last?.observed }),
  };
}

function notProven(mission: Mission): string[] {
  const sentences: string[] = [];
  for (const assertion of Object.values(mission.assertions)) {
    const sentence = gapOf(mission, assertion);
    if (sentence !== undefined) sentences.push(sentence);
  }
  for (const { definition, status, reason } of Object.values(mission.features))
    if (status !== 'accepted')
      sentences.push(`${definition.id} ${definition.title} is ${status}${reason ? `: ${reason}` : ''}.`);
  for (const { definition } of Object.values(mission.milestones))
    for (const { id, finding } of unsettledFindings(mission, definition.id))
      sentences.push(`${id} is not settled: ${finding.title}.`);
  for (const { featureId, claim } of mission.handoffs)
    for (const left of claim.whatWasLeftUndone) sentences.push(`${featureId} said it left undone: ${left}`);
  for (const { text } of mission.brief?.assumptions ?? []) sentences.push(`Assumed, not checked: ${text}`);
  return [...new Set(sentences)];
}

function gapOf(mission: Mission, assertion: AssertionState): string | undefined {
  const { definition, waived, verdict, targetSha } = assertion;
  const named = `${definition.id} (${definition.statement})`;
  if (waived) return `${named} was waived by ${waived.by}: ${waived.reason}`;
  if (verdict === undefined) return `${named} was never judged.`;
  if (verdict !== 'pass') return `${named} ended as ${verdict}.`;
  if (isSettledAt(assertion, mission.head?.sha)) return undefined;
  return `${named} passed at ${(targetSha ?? '').slice(0, 12)}, which is not the final commit.`;
}
