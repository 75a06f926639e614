import type { Assertion, BriefDraft, FeatureState, Handoff, Mission } from '@missions/mission';

/** A headed part of what a run is told; empty ones are left out, so that the same mission always reads the same. */
export function section(title: string, lines: readonly (string | undefined)[]): string {
  const said = lines.filter((line): line is string => line !== undefined && line !== '');
  return said.length === 0 ? '' : `## ${title}\n${said.join('\n')}`;
}

export function joined(...sections: readonly string[]): string {
  return sections.filter((text) => text !== '').join('\n\n');
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

/** The unexpired broadcasts the run was given, by version. */
export function broadcastsSection(mission: Mission, versions: readonly number[], at: Date): string {
  const given = mission.broadcasts.filter(
    ({ version, broadcast }) =>
      versions.includes(version) && (broadcast.expiresAt === undefined || new Date(broadcast.expiresAt) > at),
  );
  return section(
    'Broadcasts',
    given.map(
      ({ version, broadcast }) =>
        `- #${String(version)} [${broadcast.priority}] ${broadcast.kind}: ${broadcast.title}${broadcast.body === '' ? '' : ` — ${broadcast.body}`}`,
    ),
  );
}

/** What an assertion says and how it is proved; proof files are the validators' business and are not shown. */
export function assertionLines(assertions: readonly Assertion[]): readonly string[] {
  return assertions.map((assertion) => {
    const { proof } = assertion;
    const how =
      proof.method === 'http'
        ? proof.steps.map(({ method, url }) => `${method} ${url}`).join(', then ')
        : (proof.command ?? '');
    return `- ${assertion.id} (${assertion.priority}, ${proof.method}): ${assertion.statement}\n  proved by: \`${how}\` expecting ${JSON.stringify(proof.expected)}`;
  });
}

export function featureSection(feature: FeatureState): string {
  const { definition } = feature;
  return section(`Feature ${definition.id}: ${definition.title}`, [
    definition.description,
    labelled('Preconditions', definition.preconditions),
    labelled('Expected behaviour', definition.expectedBehavior),
    feature.reason === undefined ? undefined : `The attempt before ended: ${feature.reason}`,
  ]);
}

/** Facts of earlier handoffs; what their agents claim is marked as such. */
export function handoffLines(handoffs: readonly Handoff[]): readonly string[] {
  return handoffs.map(
    ({ featureId, attempt, claim, captured }) =>
      `- ${featureId} attempt ${String(attempt)}: ${claim.outcome} at ${captured.headSha.slice(0, 12)}, files ${captured.filesChanged.slice(0, 20).join(', ') || 'none'}\n  claimed: ${claim.salientSummary}`,
  );
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
        `- ${id} [${source}, ${finding.severity}] ${finding.title}\n  ${finding.detail.replaceAll('\n', '\n  ')}${finding.featureIds.length > 0 ? `\n  features: ${finding.featureIds.join(', ')}` : ''}`,
    );
}
