import {
  assertionSchema,
  baselineResultSchema,
  evidenceSchema,
  type AssertionState,
  type Chronicle,
  type FeatureState,
} from '@missions/mission';
import { z } from 'zod';
import { assertionView } from './contract-view.ts';
import { present } from './run-view.ts';

export const reportFeatureSchema = z.strictObject({
  id: z.string(),
  title: z.string(),
  milestoneId: z.string(),
  kind: z.string(),
  status: z.string(),
  attempts: z.int(),
  commit: z.string().optional(),
  /** Every commit made for it; one that was not accepted, or that a roll back took out, is none of the result. */
  commits: z.array(
    z.strictObject({
      sha: z.string(),
      runId: z.string(),
      attempt: z.int(),
      accepted: z.boolean(),
      undone: z.boolean(),
    }),
  ),
  filesChanged: z.array(z.string()),
  rootFeatureId: z.string().optional(),
  sourceFindingIds: z.array(z.string()),
  reason: z.string().optional(),
});

export const reportAssertionSchema = z.strictObject({
  id: z.string(),
  statement: z.string(),
  type: assertionSchema.shape.type.unwrap(),
  priority: z.string(),
  method: z.string(),
  traces: z.array(z.string()),
  featureIds: z.array(z.string()),
  /** What the proof did on the untouched base. */
  baseline: z.union([baselineResultSchema, z.literal('not_run')]),
  baselineObserved: z.string().optional(),
  verdict: z.string(),
  commit: z.string().optional(),
  observed: z.string().optional(),
  expected: z.string().optional(),
  evidence: z.array(evidenceSchema),
  /** How often it was judged, and what was said before. */
  verdicts: z.array(z.string()),
  flaky: z.boolean(),
  evidenceMissing: z.boolean(),
  /** What the proof did with the broken variant of the product, where there is one. */
  control: z.string().optional(),
  /** Why the engine's own verdict does not count, where it does not. */
  doubt: z.string().optional(),
  amendedBy: z.array(z.int()),
});

export function reportFeatures(chronicle: Chronicle): z.infer<typeof reportFeatureSchema>[] {
  return Object.values(chronicle.mission.features).map((feature) => reportFeature(chronicle, feature));
}

function reportFeature(
  { commits }: Chronicle,
  { definition, status, attempts, headSha, filesChanged, reason }: FeatureState,
): z.infer<typeof reportFeatureSchema> {
  const { id, title, milestoneId, kind, rootFeatureId, sourceFindingIds } = definition;
  return {
    ...{ id, title, milestoneId, kind, status, attempts },
    commits: commits
      .filter(({ featureId }) => featureId === id)
      .map(({ sha, runId, attempt, accepted, undone }) => ({ sha, runId, attempt, accepted, undone })),
    filesChanged: [...filesChanged],
    sourceFindingIds: [...sourceFindingIds],
    ...present({ commit: headSha, rootFeatureId, reason }),
  };
}

export function reportAssertions(chronicle: Chronicle): z.infer<typeof reportAssertionSchema>[] {
  return Object.values(chronicle.mission.assertions).map((assertion) =>
    reportAssertion(chronicle, assertion),
  );
}

/** Every verdict is told, also of what the assertion said before an amendment; evidence is that of the last one. */
function reportAssertion(
  { mission, baselines, verdicts }: Chronicle,
  assertion: AssertionState,
): z.infer<typeof reportAssertionSchema> {
  const { definition, verdict, waived, history, targetSha, baseline, control } = assertion;
  const { id, statement, type, priority, traces, proof } = definition;
  const { flaky, evidenceMissing } = assertionView(assertion);
  const last = history.at(-1);
  return {
    ...{ id, statement, type, priority, method: proof.method, traces, baseline, flaky, evidenceMissing },
    featureIds: Object.values(mission.features)
      .filter((feature) => feature.definition.fulfils.includes(id))
      .map((feature) => feature.definition.id),
    verdict: waived ? 'waived' : (verdict ?? 'not_run'),
    evidence: [...(last?.evidence ?? [])],
    verdicts: verdicts
      .filter(({ assertionId }) => assertionId === id)
      .map((one) => `${one.milestoneId}.${String(one.round)}: ${one.verdict}`),
    amendedBy: (mission.amended ?? [])
      .filter(({ changes }) => changes.some((change) => change.id === id))
      .map(({ number }) => number),
    ...present({
      baselineObserved: baselines[id]?.observed,
      commit: targetSha,
      observed: last?.observed,
      expected: last?.expected,
      control,
      doubt: last?.doubt,
    }),
  };
}
