import { usageSchema, type Chronicle } from '@missions/mission';
import { z } from 'zod';
import { amendmentViews, amendmentViewSchema } from './amendment-view.ts';
import { costView, costViewSchema } from './cost-view.ts';
import { headlineOf, headlineSchema } from './headline.ts';
import { assertionCount, missionCardSchema, titleOf } from './mission-card.ts';
import { gapSchema, gapsOf, isProven, unmeasuredClaims } from './report-gaps.ts';
import {
  reportAssertions,
  reportAssertionSchema,
  reportFeatures,
  reportFeatureSchema,
} from './report-parts.ts';
import { present } from './run-view.ts';
import { findingViews, findingViewSchema } from './work-views.ts';

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
    /** Who agreed to plan and contract, and what the agreement is bound to. */
    approved: z
      .strictObject({ by: z.string(), mode: z.string(), hash: z.string(), at: z.string() })
      .optional(),
    requirements: z.array(
      z.strictObject({
        id: z.string(),
        text: z.string(),
        /** By its critical assertions, or by any of its assertions where none is critical. */
        proven: z.boolean(),
        assertionIds: z.array(z.string()),
      }),
    ),
    features: z.array(reportFeatureSchema),
    counts: missionCardSchema.shape.assertions,
    assertions: z.array(reportAssertionSchema),
    /** Lint, types, tests and the like, as the engine executed them in each round. */
    checks: z.array(
      z.strictObject({
        milestoneId: z.string(),
        round: z.int(),
        name: z.string(),
        command: z.string(),
        exitCode: z.int().optional(),
      }),
    ),
    findings: z.array(findingViewSchema),
    waivers: z.array(
      z.strictObject({ assertionId: z.string(), by: z.string(), reason: z.string(), at: z.string() }),
    ),
    amendments: z.int(),
    amended: z.array(amendmentViewSchema),
    rollBacks: z.array(
      z.strictObject({ milestoneId: z.string(), toSha: z.string(), reason: z.string(), at: z.string() }),
    ),
    assumptions: z.array(z.string()),
    gaps: z.array(gapSchema),
    /** The gaps in sentences; empty only when every assertion is proven at the final commit and nothing was left open. */
    notProven: z.array(z.string()),
    /** What accepted work says of itself and the engine did not find to be so. */
    unmeasured: z.array(z.string()),
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
export function missionReport(chronicle: Chronicle): ReportView {
  const { mission } = chronicle;
  const gaps = [...gapsOf(chronicle)];
  return {
    ...heading(chronicle),
    requirements: requirements(chronicle),
    features: reportFeatures(chronicle),
    counts: assertionCount(mission),
    assertions: reportAssertions(chronicle),
    checks: checks(chronicle),
    findings: findingViews(mission),
    waivers: Object.values(mission.assertions).flatMap(({ definition, waived }) =>
      waived ? [{ assertionId: definition.id, ...waived }] : [],
    ),
    amendments: mission.amendments,
    amended: amendmentViews(mission),
    rollBacks: chronicle.rollBacks.map(({ milestoneId, toSha, reason, at }) => ({
      ...{ milestoneId, toSha, reason, at },
    })),
    assumptions: (mission.brief?.assumptions ?? []).map(({ text }) => text),
    gaps,
    notProven: gaps.map(({ sentence }) => sentence),
    unmeasured: [...unmeasuredClaims(chronicle)],
    cost: costView(mission),
    usage: mission.usage,
    ...time(chronicle),
  };
}

function heading({ mission, approved }: Chronicle) {
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
      approved: approved && { by: approved.by, mode: approved.mode, hash: approved.hash, at: approved.at },
    }),
  };
}

function time({ mission }: Chronicle) {
  const runs = Object.values(mission.runs);
  const ends = runs.flatMap(({ endedAt }) => endedAt ?? []).sort((left, right) => left.localeCompare(right));
  return {
    runs: runs.length,
    takeovers: runs.reduce((sum, { claims }) => sum + Math.max(0, claims - 1), 0),
    startedAt: mission.createdAt,
    ...present({ endedAt: ends.at(-1) }),
  };
}

function requirements({ mission }: Chronicle): ReportView['requirements'] {
  const assertions = Object.values(mission.assertions);
  return (mission.brief?.requirements ?? []).map(({ id, text }) => ({
    id,
    text,
    proven: isProven(mission, id),
    assertionIds: assertions
      .filter(({ definition }) => definition.traces.includes(id))
      .map(({ definition }) => definition.id),
  }));
}

function checks({ reports }: Chronicle): ReportView['checks'] {
  return reports.flatMap(({ milestoneId, round, checks: executed }) =>
    executed.map(({ name, command, exitCode }) => ({
      ...{ milestoneId, round, name, command },
      ...present({ exitCode }),
    })),
  );
}
