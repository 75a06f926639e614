import {
  isSettledAt,
  unreviewedFeatures,
  unsettledFindings,
  type AssertionState,
  type Chronicle,
  type HandoffClaim,
  type Mission,
} from '@missions/mission';
import { z } from 'zod';
import { sentenceText } from './counted.ts';

/** One thing that was not proven, and what it is about. */
export const gapSchema = z.strictObject({
  kind: z.enum([
    'waived',
    'not_run',
    'not_passed',
    'older_commit',
    'flaky',
    'judgement',
    'requirement',
    'feature',
    'not_reviewed',
    'finding',
    'follow_up',
    'left_undone',
    'assumption',
  ]),
  /** The id of what it is about, where it has one. */
  subject: z.string().optional(),
  sentence: z.string(),
});

export type Gap = z.infer<typeof gapSchema>;

/** Everything a reader could take for proven that is not, in the order in which it matters. */
export function gapsOf(chronicle: Chronicle): readonly Gap[] {
  const { mission } = chronicle;
  const gaps = [
    ...Object.values(mission.assertions).flatMap((assertion) => ofAssertion(mission, assertion)),
    ...ofRequirements(mission),
    ...ofFeatures(mission),
    ...ofReviews(chronicle),
    ...ofFindings(mission),
    ...ofHandoffs(mission),
    ...(mission.brief?.assumptions ?? []).map(({ id, text }): Gap => ({
      kind: 'assumption',
      subject: id,
      sentence: `Assumed, not checked: ${text}`,
    })),
  ];
  const seen = new Set<string>();
  return gaps.filter(({ sentence }) => !seen.has(sentence) && seen.add(sentence));
}

function ofAssertion(mission: Mission, assertion: AssertionState): readonly Gap[] {
  const { definition, waived, verdict, targetSha, flaky } = assertion;
  const subject = definition.id;
  const named = `${subject} (${definition.statement})`;
  if (waived)
    return [{ kind: 'waived', subject, sentence: `${named} was waived by ${waived.by}: ${waived.reason}` }];
  if (verdict === undefined) return [{ kind: 'not_run', subject, sentence: `${named} was never judged.` }];
  if (verdict !== 'pass')
    return [{ kind: flaky ? 'flaky' : 'not_passed', subject, sentence: `${named} ended as ${verdict}.` }];
  if (!isSettledAt(assertion, mission.head?.sha)) {
    const sentence = `${named} passed at ${(targetSha ?? '').slice(0, 12)}, which is not the final commit.`;
    return [{ kind: 'older_commit', subject, sentence }];
  }
  if (flaky) return [{ kind: 'flaky', subject, sentence: `${named} passed, but its proof was flaky.` }];
  if (definition.proof.method === 'judgement')
    return [
      { kind: 'judgement', subject, sentence: `${named} is the judgement of two models, not a measurement.` },
    ];
  return [];
}

/** A requirement is proven when all its critical assertions pass, any of them where none is critical, and none fails. */
export function isProven(mission: Mission, requirementId: string): boolean {
  const traced = Object.values(mission.assertions).filter(
    ({ definition, waived }) => definition.traces.includes(requirementId) && waived === undefined,
  );
  const passes = (assertion: AssertionState): boolean => isSettledAt(assertion, mission.head?.sha);
  const critical = traced.filter(({ definition }) => definition.priority === 'critical');
  const shown = critical.length > 0 ? critical.every(passes) : traced.some(passes);
  return shown && !traced.some(({ verdict }) => verdict === 'fail');
}

function ofRequirements(mission: Mission): readonly Gap[] {
  return (mission.brief?.requirements ?? [])
    .filter(({ id }) => !isProven(mission, id))
    .map(({ id, text }) => ({
      kind: 'requirement',
      subject: id,
      sentence: `${id} is not shown by its assertions at the final commit: ${text}`,
    }));
}

function ofReviews({ reports }: Chronicle): readonly Gap[] {
  const unreviewed = unreviewedFeatures(reports.flatMap(({ checks }) => checks));
  return [...unreviewed].map(([subject, output]) => ({
    kind: 'not_reviewed',
    subject,
    sentence: `No reviewer read ${subject}. ${output}`.slice(0, 1000),
  }));
}

function ofFeatures(mission: Mission): readonly Gap[] {
  return Object.values(mission.features)
    .filter(({ status }) => status !== 'accepted')
    .map(({ definition: { id, title }, status, reason }) => ({
      kind: 'feature',
      subject: id,
      sentence: sentenceText(`${id} ${title} is ${status}${reason ? `: ${reason}` : ''}`),
    }));
}

function ofFindings(mission: Mission): readonly Gap[] {
  const open = Object.values(mission.milestones).flatMap(({ definition }) =>
    unsettledFindings(mission, definition.id),
  );
  const later = Object.values(mission.findings).filter(({ settled }) => settled?.choice === 'follow_up');
  return [
    ...open.map(({ id, finding }): Gap => {
      return {
        kind: 'finding',
        subject: id,
        sentence: sentenceText(`${id} is not settled: ${finding.title}`),
      };
    }),
    ...later.flatMap(({ id, finding, settled }): readonly Gap[] =>
      isDoneLater(mission, id)
        ? []
        : [
            {
              kind: 'follow_up',
              subject: id,
              sentence: `${id} was left for later: ${finding.title} (${settled?.justification ?? ''})`,
            },
          ],
    ),
  ];
}

/** A follow-up may be a feature of this mission, and then it is built like any other. */
function isDoneLater({ features }: Mission, findingId: string): boolean {
  return Object.values(features).some(
    ({ definition, status }) => definition.sourceFindingIds.includes(findingId) && status === 'accepted',
  );
}

function ofHandoffs({ handoffs }: Mission): readonly Gap[] {
  return handoffs.flatMap(({ featureId, claim }) =>
    claim.whatWasLeftUndone.map((left): Gap => {
      return {
        kind: 'left_undone',
        subject: featureId,
        sentence: `${featureId} said it left undone: ${left}`,
      };
    }),
  );
}

/** What accepted work says of itself and the engine did not find to be so. */
export function unmeasuredClaims({ mission, commits }: Chronicle): readonly string[] {
  const kept = commits.filter(({ accepted, undone }) => accepted && !undone);
  const sentences = mission.handoffs
    .filter(({ runId }) => kept.some((commit) => commit.runId === runId))
    .flatMap(({ featureId, claim, captured }) => [
      ...claimedAssertions(mission, featureId, claim),
      ...claimedTests(claim)
        .filter((path) => !captured.filesChanged.includes(path))
        .map((path) => `${featureId} claimed the test ${path}, which its commit does not touch.`),
    ]);
  return [...new Set(sentences)];
}

function claimedAssertions(mission: Mission, featureId: string, claim: HandoffClaim): readonly string[] {
  return claim.assertionClaims.flatMap((id) => {
    const assertion = mission.assertions[id];
    if (assertion && assertion.waived === undefined && isSettledAt(assertion, mission.head?.sha)) return [];
    const state = assertion?.waived ? 'waived' : (assertion?.verdict ?? 'not judged');
    return [`${featureId} claimed ${id}, which is ${state} at the final commit.`];
  });
}

/** Only what is written like a path can be looked for among the files of a commit. */
function claimedTests({ tests }: HandoffClaim): readonly string[] {
  return [...(tests?.added ?? []), ...(tests?.updated ?? [])].filter((text) =>
    /^[\w@.-]+(?:\/[\w@.-]+)*\.\w+$/u.test(text),
  );
}
