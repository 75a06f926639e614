import {
  unsettledFindings,
  type Assertion,
  type BriefDraft,
  type FeatureState,
  type Handoff,
  type Mission,
  isHttpStep,
  type NegativeControl,
  type ProofStep,
  type ProposalState,
  type RunState,
} from '@missions/mission';
import { neutral, neutralLine } from '../context/hostile-text.ts';

/** A headed part of what a run is told; empty ones are left out, so that the same mission always reads the same. */
export function section(title: string, lines: readonly (string | undefined)[]): string {
  const said = lines.filter((line): line is string => line !== undefined && line !== '');
  return said.length === 0 ? '' : `## ${title}\n${said.join('\n')}`;
}

/** Text of an agent, a product or a test inside a line of ours: it may have lines of its own, but begins no section. */
export function indented(text: string): string {
  return neutral(text).replaceAll('\n', '\n  ');
}

export function joined(...sections: readonly (string | undefined)[]): string {
  return sections.filter((text) => text !== undefined && text !== '').join('\n\n');
}

export function bullets(texts: readonly string[]): string {
  return texts.map((text) => `- ${text}`).join('\n');
}

export function briefSection(brief: BriefDraft | undefined): string {
  if (!brief) return '';
  return section('Brief', [
    `**${brief.title}** — ${brief.goal}`,
    brief.background,
    labelled('In scope', brief.inScope),
    labelled('Out of scope', brief.outOfScope),
    labelled(
      'Constraints',
      brief.constraints.map(({ id, text }) => `${id}: ${text}`),
    ),
    labelled(
      'Requirements',
      brief.requirements.map(({ id, text }) => `${id}: ${text}`),
    ),
    labelled(
      'Assumptions',
      brief.assumptions.map(({ text }) => text),
    ),
    brief.environment.test === undefined ? undefined : `Tests are run with \`${brief.environment.test}\`.`,
  ]);
}

function labelled(label: string, texts: readonly string[]): string | undefined {
  return texts.length === 0 ? undefined : `${label}:\n${bullets(texts)}`;
}

export function goalSection(mission: Mission): string {
  return section('Goal', [mission.goal]);
}

export function questionsSection(mission: Mission): string {
  return section(
    'Questions so far',
    Object.values(mission.scoping.questions).map(({ question, answer, assumption }) => {
      const settled = answer ? `answered: ${answer.value}` : assumption ? `assumed: ${assumption}` : 'open';
      return `- ${question.id} ${question.text} — ${settled}`;
    }),
  );
}

/** The broadcasts the run was given, by version, less those that had expired when it was first claimed. */
export function broadcastsSection(
  mission: Mission,
  { broadcastVersions, startedAt = '' }: Pick<RunState, 'broadcastVersions' | 'startedAt'>,
): string {
  const given = mission.broadcasts.filter(
    ({ version, broadcast }) =>
      broadcastVersions.includes(version) &&
      (broadcast.expiresAt === undefined || Date.parse(broadcast.expiresAt) > (Date.parse(startedAt) || 0)),
  );
  return section(
    'Broadcasts',
    given.map(
      ({ version, broadcast }) =>
        `- #${String(version)} [${broadcast.priority}] ${broadcast.kind}: ${indented(broadcast.title)}${broadcast.body === '' ? '' : ` — ${indented(broadcast.body)}`}`,
    ),
  );
}

/** What an assertion says and how it is proved; proof files are the validators' business and are not shown. */
export function assertionLines(assertions: readonly Assertion[]): readonly string[] {
  return assertions.map((assertion) => {
    const { proof, negativeControl } = assertion;
    return [
      `- ${assertion.id} (${assertion.priority}, ${assertion.type}, ${proof.method}): ${assertion.statement}`,
      proof.setup === undefined ? undefined : `  prepared by: \`${proof.setup}\``,
      ...proof.steps.map(stepLine),
      proof.command === undefined ? undefined : `  proved by: \`${proof.command}\``,
      hasFields(proof.expected) ? `  expected: ${JSON.stringify(proof.expected)}` : undefined,
      ...(proof.rules ?? []).map((rule) => `  rule: ${JSON.stringify(rule)}`),
      proof.question === undefined ? undefined : `  judged by: ${proof.question}`,
      negativeControl === undefined ? undefined : `  must fail when: ${broken(negativeControl)}`,
    ]
      .filter((line) => line !== undefined)
      .join('\n');
  });
}

function broken(control: NegativeControl): string {
  return typeof control === 'string' ? control : `${control.description} (\`${control.break}\`)`;
}

function stepLine(step: ProofStep): string {
  const { expected, ...done } = step;
  return `  step: ${doneBy(done)}${expected ? ` → ${JSON.stringify(expected)}` : ''}`;
}

function doneBy(step: ProofStep): string {
  if (!isHttpStep(step)) return JSON.stringify(step);
  const { method, url, ...sent } = step;
  return `${method} ${url}${hasFields(sent) ? ` with ${JSON.stringify(sent)}` : ''}`;
}

function hasFields(value: object): boolean {
  return Object.keys(value).length > 0;
}

/** The assertions that the open findings of a milestone name. */
export function assertionsInQuestion(mission: Mission, milestoneId: string): readonly Assertion[] {
  const named = new Set(
    unsettledFindings(mission, milestoneId).flatMap(({ finding }) => finding.assertionIds),
  );
  return Object.values(mission.assertions)
    .map(({ definition }) => definition)
    .filter(({ id }) => named.has(id));
}

/** The proposal that was returned, so that the planner mends it instead of beginning again. */
export function returnedSection(proposal: ProposalState | undefined): string {
  if (proposal?.stage !== 'returned') return '';
  const { brief, outline, milestones, features, assertions, returnedBecause = [] } = proposal;
  const plan = JSON.stringify({ brief, outline, milestones, features, assertions });
  const shown =
    plan.length <= maxPlanCharacters
      ? plan
      : `${plan.slice(0, maxPlanCharacters).toWellFormed()}… (${String(plan.length)} characters)`;
  return section('The proposal before was returned because', [
    ...returnedBecause.map((reason) => `- ${reason}`),
    'It was:',
    shown,
  ]);
}

const maxPlanCharacters = 40_000;

export function featureSection(feature: FeatureState): string {
  const { definition } = feature;
  return section(`Feature ${definition.id}: ${definition.title}`, [
    definition.description,
    labelled('Preconditions', definition.preconditions),
    labelled('Expected behaviour', definition.expectedBehavior),
    `Fulfils: ${definition.fulfils.join(', ') || 'no assertion of its own'}.`,
    definition.touches.length > 0 ? `Expected to touch: ${definition.touches.join(', ')}.` : undefined,
    definition.mayBeEmpty === true ? 'It may turn out that nothing has to change.' : undefined,
    feature.reason === undefined ? undefined : `The attempt before ended: ${indented(feature.reason)}`,
  ]);
}

/** Facts of earlier handoffs; what their agents claim is marked as such, and cannot look like a section of its own. */
export function handoffLines(handoffs: readonly Handoff[]): readonly string[] {
  return handoffs.map(({ featureId, attempt, claim, captured }) => {
    const files = captured.filesChanged.slice(0, 20).map(shortPath).join(', ') || 'none';
    const more = captured.filesChanged.length - 20;
    return [
      `- ${featureId} attempt ${String(attempt)}: ${claim.outcome} at ${captured.headSha.slice(0, 12)}, files ${files}${more > 0 ? ` and ${String(more)} more` : ''}`,
      `  claimed: ${neutralLine(claim.salientSummary, 4_000)}`,
      ...claimed('left undone', claim.whatWasLeftUndone),
      ...claimed('decided', claim.decisions),
      ...claimed('of the environment', claim.environmentNotes),
    ].join('\n');
  });
}

function shortPath(path: string): string {
  return neutralLine(path, 200);
}

function claimed(label: string, texts: readonly string[]): readonly string[] {
  return texts.slice(0, 5).map((text) => `  claimed, ${label}: ${neutralLine(text, 500)}`);
}

export function planSection(mission: Mission): string {
  return section('Plan', [
    mission.outline?.summary,
    mission.outline?.architectureNotes,
    ...Object.values(mission.milestones).flatMap(({ definition, status }) => [
      `- ${definition.id} ${definition.title} (${status})`,
      ...Object.values(mission.features)
        .filter((feature) => feature.definition.milestoneId === definition.id)
        .map((feature) => `  - ${feature.definition.id} ${feature.definition.title} (${feature.status})`),
    ]),
  ]);
}

export function findingLines(mission: Mission, milestoneId: string): readonly string[] {
  return Object.values(mission.findings)
    .filter((finding) => finding.milestoneId === milestoneId && !finding.settled)
    .map(
      ({ id, source, finding }) =>
        `- ${id} [${source}, ${finding.severity}] ${indented(finding.title)}\n  ${indented(finding.detail)}${finding.featureIds.length > 0 ? `\n  features: ${finding.featureIds.join(', ')}` : ''}`,
    );
}
