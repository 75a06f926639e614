import {
  assertionSchema,
  controlOutcomeSchema,
  doubtSchema,
  evidenceSchema,
  validatorOf,
  verdictSchema,
  type AssertionState,
  type Mission,
} from '@missions/mission';
import { z } from 'zod';
import { amendmentViews, amendmentViewSchema } from './amendment-view.ts';
import { assertionCount, missionCardSchema } from './mission-card.ts';
import { present } from './run-view.ts';

export const verdictViewSchema = z
  .strictObject({
    verdict: verdictSchema,
    targetSha: z.string(),
    milestoneId: z.string(),
    round: z.int(),
    runId: z.string(),
    observed: z.string(),
    expected: z.string(),
    evidence: z.array(evidenceSchema),
    reproSteps: z.array(z.string()),
    loweredFrom: verdictSchema.optional(),
    doubt: doubtSchema.optional(),
  })
  .meta({ id: 'Verdict' });

export const assertionViewSchema = z
  .strictObject({
    id: z.string(),
    definition: assertionSchema,
    validator: z.enum(['scrutiny', 'user_testing']),
    baseline: z.string(),
    state: z.enum(['pending', 'pass', 'fail', 'inconclusive', 'blocked', 'not_run', 'waived']),
    /** `✓ ✗ ~ W · !` as on every surface. */
    glyph: z.string(),
    targetSha: z.string().optional(),
    waived: z.strictObject({ by: z.string(), reason: z.string(), at: z.string() }).optional(),
    /** A pass without anything captured. */
    evidenceMissing: z.boolean(),
    /** Passed and failed at the same commit. */
    flaky: z.boolean(),
    /** What its proof last did with the broken variant of the product. */
    control: controlOutcomeSchema.optional(),
    /** Numbers of the amendments that changed what it says. */
    amendedBy: z.array(z.int()).optional(),
    history: z.array(verdictViewSchema),
  })
  .meta({ id: 'AssertionState' });

export type AssertionView = z.infer<typeof assertionViewSchema>;

export const contractViewSchema = z
  .strictObject({
    missionId: z.string(),
    approved: z.boolean(),
    amendments: z.int(),
    /** What each amendment changed, oldest first. */
    amended: z.array(amendmentViewSchema),
    counts: missionCardSchema.shape.assertions,
    protected: z.array(z.string()),
    assertions: z.array(assertionViewSchema),
  })
  .meta({ id: 'Contract' });

export type ContractView = z.infer<typeof contractViewSchema>;

export function contractView(mission: Mission): ContractView {
  return {
    missionId: mission.id,
    approved: mission.approvedHash !== undefined,
    amendments: mission.amendments,
    amended: amendmentViews(mission),
    counts: assertionCount(mission),
    protected: [...mission.protected],
    assertions: Object.values(mission.assertions).map((assertion) => ({
      ...assertionView(assertion),
      amendedBy: (mission.amended ?? []).flatMap(({ number, changes }) =>
        changes.some(({ id }) => id === assertion.definition.id) ? [number] : [],
      ),
    })),
  };
}

export function assertionView(assertion: AssertionState): AssertionView {
  const { definition, baseline, verdict, targetSha, waived, history, flaky, control } = assertion;
  const state = waived ? 'waived' : (verdict ?? 'pending');
  const last = history.at(-1);
  return {
    id: definition.id,
    definition,
    validator: validatorOf(definition),
    baseline,
    state,
    glyph: glyphs[state],
    ...present({ targetSha, waived, control }),
    evidenceMissing:
      last?.doubt === 'no_evidence' || (last?.verdict === 'pass' && last.evidence.length === 0),
    flaky:
      flaky === true ||
      history.some(({ verdict: one, targetSha: sha }) => one === 'pass' && failedAt(history, sha)),
    history: history.map(({ loweredFrom, doubt, evidence, reproSteps, ...rest }) => ({
      ...rest,
      evidence: [...evidence],
      reproSteps: [...reproSteps],
      ...present({ loweredFrom, doubt }),
    })),
  };
}

const glyphs: Readonly<Record<AssertionView['state'], string>> = {
  pending: '·',
  not_run: '○',
  pass: '✓',
  fail: '✗',
  inconclusive: '~',
  blocked: '■',
  waived: 'W',
};

function failedAt(history: AssertionState['history'], sha: string): boolean {
  return history.some(({ verdict, targetSha }) => verdict === 'fail' && targetSha === sha);
}
