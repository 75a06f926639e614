import type { FeatureState, FindingState, Mission } from './mission.state.ts';
import { unsettledFindings } from './queries.ts';

/** What a person needs to decide about a finding that nobody could settle. */
export interface OpenFinding {
  readonly id: string;
  readonly title: string;
  readonly severity: string;
  readonly assertionIds: readonly string[];
  /** Fixes of the same fault so far, oldest first, each with the commit it ended in. */
  readonly tried: readonly {
    readonly featureId: string;
    readonly title: string;
    readonly headSha?: string;
  }[];
  /** What was seen last. */
  readonly observed: string;
}

/** The open findings of a milestone with what was tried against them, in the order they were raised. */
export function openFindings(mission: Mission, milestoneId: string): readonly OpenFinding[] {
  return unsettledFindings(mission, milestoneId).map((open) => ({
    id: open.id,
    title: open.finding.title,
    severity: open.finding.severity,
    assertionIds: open.finding.assertionIds,
    tried: Object.values(mission.features)
      .filter((feature) => isFixOf(feature, open, mission))
      .map(tried),
    observed: lastSeen(open, mission),
  }));
}

function isFixOf({ definition }: FeatureState, open: FindingState, mission: Mission): boolean {
  if (definition.kind === 'planned') return false;
  return definition.sourceFindingIds.some((id) => {
    const served = mission.findings[id]?.finding;
    return (
      served !== undefined &&
      (served.title === open.finding.title ||
        served.assertionIds.some((assertionId) => open.finding.assertionIds.includes(assertionId)))
    );
  });
}

function tried({ definition, headSha }: FeatureState): OpenFinding['tried'][number] {
  return { featureId: definition.id, title: definition.title, ...(headSha !== undefined && { headSha }) };
}

function lastSeen({ finding }: FindingState, mission: Mission): string {
  const seen = finding.assertionIds.flatMap((id) => mission.assertions[id]?.history.at(-1)?.observed ?? []);
  return seen[0] ?? finding.detail;
}

const shownFindings = 8;
const shownChars = 300;

/** The same for a screen: two or three lines for each of the first findings, and how many more there are. */
export function describeOpenFindings(mission: Mission, milestoneId: string): string {
  const open = openFindings(mission, milestoneId);
  const more = open.length - shownFindings;
  return [
    ...open.slice(0, shownFindings).flatMap(linesOf),
    ...(more > 0 ? [`and ${String(more)} more`] : []),
  ].join('\n');
}

function linesOf({ id, severity, title, tried: fixes, observed }: OpenFinding): readonly string[] {
  const names = fixes.map(({ featureId, headSha }) =>
    headSha === undefined ? `${featureId} (no commit)` : `${featureId} (${headSha.slice(0, 12)})`,
  );
  return [
    `${id} ${severity}: ${title}`,
    `  tried: ${names.length > 0 ? names.join(', ') : 'nothing yet'}`,
    ...(observed === '' ? [] : [`  last seen: ${shortened(observed)}`]),
  ];
}

function shortened(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > shownChars ? `${line.slice(0, shownChars)}…` : line;
}

/** What a person can do when the fixes of a milestone are used up. */
export function waysOutOf(mission: Mission, milestoneId: string): string {
  const { id } = mission;
  const assertionIds = [
    ...new Set(unsettledFindings(mission, milestoneId).flatMap(({ finding }) => finding.assertionIds)),
  ];
  const first = assertionIds[0];
  return [
    `\`missions resume ${id}\` allows one more round`,
    ...(first === undefined
      ? []
      : [
          `\`missions why ${id} ${first}\` shows the evidence`,
          `\`missions waive ${id} ${first} --reason …\` does without ${assertionIds.length > 1 ? 'it, as with each of the others' : 'it'}`,
        ]),
    `\`missions message ${id} …\` tells the orchestrator what you know`,
    `\`missions cancel ${id}\` ends it.`,
  ].join('; ');
}
