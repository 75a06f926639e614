import type { ConclusionOf } from '../commands/index.ts';
import type { FindingDraft } from '../finding.ts';
import type { MilestoneState, Mission, RunState } from '../mission.state.ts';
import { refuse } from '../refusals.ts';
import { assertionsOfRun, assertionsToBaseline } from '../validation-queries.ts';

interface Reporting {
  readonly mission: Mission;
  readonly milestone: MilestoneState;
  readonly run: RunState;
}

/** Refuses a report that speaks of another commit, omits or invents an assertion, or names what does not exist. */
export function checkReport(conclusion: ConclusionOf<'validated'>, reporting: Reporting): void {
  const { proofs, baselines = [], findings = [], report } = conclusion;
  const { mission, run } = reporting;
  const problems = [
    ...elsewhere(conclusion, reporting.milestone),
    ...mismatches('proof', assertionsOfRun(mission, run), proofs),
    ...(report ? mismatches('result', assertionsOfRun(mission, run), report.results) : []),
    ...(report || run.subject.final === true ? [] : ['the report is missing']),
    ...needless(assertionsToBaseline(mission, run), baselines),
    ...unknownIds([...findings, ...(report?.findings ?? [])], mission),
  ];
  if (problems.length > 0) refuse('REPORT_INVALID', problems.join('; '), { problems });
}

function elsewhere(
  { targetSha, proofs }: ConclusionOf<'validated'>,
  milestone: MilestoneState,
): readonly string[] {
  return [
    ...(targetSha === milestone.targetSha
      ? []
      : [`the commit under validation is ${String(milestone.targetSha)}`]),
    ...proofs
      .filter((proof) => proof.targetSha !== targetSha)
      .map((proof) => `${proof.assertionId} was proven at another commit`),
  ];
}

type Named = readonly { readonly assertionId: string }[];

function needless(expected: readonly string[], baselines: Named): readonly string[] {
  return idsOf(baselines)
    .filter((id, index, given) => !expected.includes(id) || given.indexOf(id) !== index)
    .map((id) => `${id} needs no baseline now`);
}

function idsOf(records: Named): readonly string[] {
  return records.map(({ assertionId }) => assertionId);
}

function unknownIds(findings: readonly FindingDraft[], mission: Mission): readonly string[] {
  return findings.flatMap(({ title, assertionIds, featureIds }) =>
    [
      ...assertionIds.filter((id) => !mission.assertions[id]),
      ...featureIds.filter((id) => !mission.features[id]),
    ].map((id) => `the finding "${title}" names ${id}, which does not exist`),
  );
}

function mismatches(what: string, expected: readonly string[], records: Named): readonly string[] {
  const given = idsOf(records);
  return [
    ...expected.filter((id) => !given.includes(id)).map((id) => `${id} has no ${what}`),
    ...given.filter((id) => !expected.includes(id)).map((id) => `${id} is not to be reported here`),
    ...given
      .filter((id, index) => given.indexOf(id) !== index)
      .map((id) => `${id} has more than one ${what}`),
  ];
}
