import {
  evidenceSchema,
  traceOf,
  verdictSchema,
  type Chronicle,
  type Recorded,
  type Trace,
} from '@missions/mission';
import { z } from 'zod';
import { amendmentView, amendmentViewSchema } from './amendment-view.ts';
import { assertionView, assertionViewSchema } from './contract-view.ts';
import { counted } from './counted.ts';
import { present } from './run-view.ts';
import { storyOf } from './why-story.ts';
import { findingView, findingViewSchema } from './work-views.ts';

/** Why a thing is what it is: the assertions, features, commits, runs, verdicts and findings that hang together with it. */
export const whyViewSchema = z
  .strictObject({
    missionId: z.string(),
    kind: z.enum(['assertion', 'feature', 'commit', 'finding', 'file']),
    subject: z.string(),
    title: z.string(),
    /** Of kind assertion: the assertion itself. */
    assertion: assertionViewSchema.optional(),
    /** The story in sentences, oldest first. */
    story: z.array(z.string()),
    assertions: z.array(
      assertionViewSchema
        .pick({ id: true, state: true, glyph: true, baseline: true, flaky: true, evidenceMissing: true })
        .extend({ statement: z.string() }),
    ),
    features: z.array(
      z.strictObject({
        id: z.string(),
        title: z.string(),
        kind: z.string(),
        status: z.string(),
        headSha: z.string().optional(),
        fulfils: z.array(z.string()),
        rootFeatureId: z.string().optional(),
        sourceFindingIds: z.array(z.string()),
      }),
    ),
    commits: z.array(
      z.strictObject({
        seq: z.int(),
        at: z.string(),
        sha: z.string(),
        baseSha: z.string(),
        featureId: z.string(),
        runId: z.string(),
        attempt: z.int(),
        filesChanged: z.array(z.string()),
        /** The mission's head moved to it. */
        accepted: z.boolean(),
        /** A roll back took it out again. */
        undone: z.boolean(),
      }),
    ),
    runs: z.array(
      z.strictObject({
        id: z.string(),
        role: z.string(),
        task: z.string(),
        attempt: z.int(),
        status: z.string(),
        model: z.string().optional(),
        startedAt: z.string().optional(),
        endedAt: z.string().optional(),
      }),
    ),
    verdicts: z.array(
      z.strictObject({
        seq: z.int(),
        at: z.string(),
        assertionId: z.string(),
        verdict: verdictSchema,
        loweredFrom: verdictSchema.optional(),
        doubt: z.string().optional(),
        control: z.string().optional(),
        executions: z.int().optional(),
        targetSha: z.string(),
        milestoneId: z.string(),
        round: z.int(),
        runId: z.string(),
        observed: z.string(),
        expected: z.string(),
        evidence: z.array(evidenceSchema),
      }),
    ),
    findings: z.array(findingViewSchema),
    amendments: z.array(amendmentViewSchema),
  })
  .meta({ id: 'Why' });

export type WhyView = z.infer<typeof whyViewSchema>;

/** Undefined when the mission knows no assertion, feature, finding, commit or changed file of that name. */
export function whyView(chronicle: Chronicle, what: string): WhyView | undefined {
  const trace = traceOf(chronicle, what);
  if (trace === undefined) return undefined;
  const { kind, subject, findings, amendments, verdicts } = trace;
  const { mission } = chronicle;
  const assertion = kind === 'assertion' ? mission.assertions[subject] : undefined;
  return {
    ...{ missionId: mission.id, kind, subject, title: titleOfTrace(chronicle, trace) },
    ...(assertion && { assertion: assertionView(assertion) }),
    story: [...storyOf(chronicle, trace)],
    assertions: assertionsOf(chronicle, trace),
    features: featuresOf(trace),
    commits: trace.commits.map(({ filesChanged, ...commit }) => ({
      ...commit,
      filesChanged: [...filesChanged],
    })),
    runs: runsOf(chronicle, trace),
    verdicts: verdicts.map(verdictOf),
    findings: findings.map((finding) => findingView(mission, finding)),
    amendments: amendments.map(amendmentView),
  };
}

function titleOfTrace({ mission }: Chronicle, { kind, subject, commits }: Trace): string {
  switch (kind) {
    case 'assertion':
      return mission.assertions[subject]?.definition.statement ?? '';
    case 'feature':
      return mission.features[subject]?.definition.title ?? '';
    case 'finding':
      return mission.findings[subject]?.finding.title ?? '';
    case 'commit':
      return `made for ${commits[0]?.featureId ?? ''}, attempt ${String(commits[0]?.attempt ?? 0)}`;
    case 'file':
      return `changed by ${counted(commits.length, 'commit')}`;
  }
}

function assertionsOf({ mission }: Chronicle, { assertionIds }: Trace): WhyView['assertions'] {
  return assertionIds.flatMap((id) => {
    const state = mission.assertions[id];
    if (state === undefined) return [];
    const { state: word, glyph, baseline, flaky, evidenceMissing, definition } = assertionView(state);
    return [{ id, state: word, glyph, baseline, flaky, evidenceMissing, statement: definition.statement }];
  });
}

function featuresOf({ features }: Trace): WhyView['features'] {
  return features.map(({ definition, status, headSha }) => {
    const { id, title, kind, fulfils, rootFeatureId, sourceFindingIds } = definition;
    return {
      ...{ id, title, kind, status, fulfils, sourceFindingIds },
      ...present({ headSha, rootFeatureId }),
    };
  });
}

function runsOf({ mission }: Chronicle, { runIds }: Trace): WhyView['runs'] {
  return runIds.flatMap((id) => {
    const run = mission.runs[id];
    if (run === undefined) return [];
    const { role, task, attempt, status, model, startedAt, endedAt } = run;
    return [{ ...{ id, role, task, attempt, status }, ...present({ model, startedAt, endedAt }) }];
  });
}

function verdictOf(verdict: Recorded<'AssertionJudged'>): WhyView['verdicts'][number] {
  const { seq, at, assertionId, targetSha, milestoneId, round, runId, observed, expected, evidence } =
    verdict;
  const { loweredFrom, doubt, control, executions } = verdict;
  return {
    ...{ seq, at, assertionId, verdict: verdict.verdict, targetSha, milestoneId, round, runId },
    ...{ observed, expected, evidence: [...evidence] },
    ...present({ loweredFrom, doubt, control, executions }),
  };
}
