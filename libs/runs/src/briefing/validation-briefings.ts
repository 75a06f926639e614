import {
  assertionsOfRun,
  startOfWork,
  type FeatureState,
  type FindingDraft,
  type Handoff,
  type ProofRecord,
} from '@missions/mission';
import { fenced, neutralLine } from '../context/hostile-text.ts';
import type { BriefingSubject } from './briefings.ts';
import {
  assertionLines,
  briefSection,
  broadcastsSection,
  featureSection,
  handoffLines,
  indented,
  joined,
  section,
} from './sections.ts';

/** What is known before a validator begins. */
export interface KnownToValidator {
  readonly proofs: readonly ProofRecord[];
  /** Held against the work by the engine's rules and checks. */
  readonly engineFindings?: readonly FindingDraft[];
  /** Held against it by reviewers, who only claim. */
  readonly reviewFindings?: readonly FindingDraft[];
  /** Features that nobody has reviewed, and why. */
  readonly notReviewed?: readonly string[];
  /** How the product's services came up in the session. */
  readonly product?: readonly string[];
  /** Turns after which only the report is taken. */
  readonly turns?: number;
}

export function validationBriefing(subject: BriefingSubject, known: KnownToValidator): string {
  const { mission, run, material } = subject;
  const mine = assertionsOfRun(mission, run).flatMap((id) => mission.assertions[id]?.definition ?? []);
  const milestone = mission.milestones[run.subject.milestone ?? ''];
  const features = Object.values(mission.features).filter(
    ({ definition }) => definition.milestoneId === run.subject.milestone,
  );
  return joined(
    briefSection(mission.brief),
    material?.text,
    broadcastsSection(mission, run),
    section(`Milestone ${String(run.subject.milestone)}: ${milestone?.definition.title ?? ''}`, [
      `Commit ${String(milestone?.targetSha)}, round ${String(run.subject.round)}.`,
      ...features.map(({ definition, status }) => `- ${definition.id} ${definition.title} (${status})`),
    ]),
    section('Facts of the handoffs', handoffLines(mission.handoffs.slice(milestone?.handoffsFrom ?? 0))),
    section('Assertions to report on', assertionLines(mine)),
    section('What the engine measured', proofLines(known.proofs)),
    section('What the engine found', findingDraftLines(known.engineFindings ?? [])),
    section('What reviewers hold against it', findingDraftLines(known.reviewFindings ?? [])),
    section(
      'Not reviewed',
      (known.notReviewed ?? []).map((line) => `- ${neutralLine(line, 500)}`),
    ),
    section(
      'The product in your session',
      (known.product ?? []).map((line) => `- ${indented(line)}`),
    ),
    section('Your task', [
      'Try to refute the work. Report each assertion once and end with `report_validation`. A verdict below the engine’s must cite the id of a tool call of yours; none can be raised.',
      known.turns === undefined
        ? undefined
        : `You have ${String(known.turns)} turns, those to explore included; after that only your report is taken.`,
    ]),
  );
}

/** A part of a feature's change: its own commit, or that of a fix which is charged to it. */
export interface ReviewedChange {
  readonly handoff: Handoff;
  /** Bounded; it is a stranger's text. */
  readonly patch: string;
  readonly truncated: boolean;
}

export interface ReviewSubject {
  readonly feature: FeatureState;
  readonly changes: readonly ReviewedChange[];
  /** Of the assertions that the feature fulfils. */
  readonly proofs: readonly ProofRecord[];
}

/** What the reviewer of one feature is told; what all reviewers of a milestone are told alike comes first. */
export function reviewBriefing(
  { mission, run, material }: BriefingSubject,
  { feature, changes, proofs }: ReviewSubject,
): string {
  const { id, fulfils } = feature.definition;
  const assertions = fulfils.flatMap((assertion) => mission.assertions[assertion]?.definition ?? []);
  return joined(
    briefSection(mission.brief),
    material?.text,
    broadcastsSection(mission, run),
    featureSection(feature),
    section('Assertions it fulfils', assertionLines(assertions)),
    section('What the engine measured', proofLines(proofs)),
    section('Facts of the handoffs', handoffLines(changes.map(({ handoff }) => handoff))),
    section(
      'What was changed',
      changes.map(({ handoff, patch, truncated }) => {
        const range = `${handoff.featureId} ${startOfWork(handoff.captured).slice(0, 12)}..${handoff.captured.headSha.slice(0, 12)}`;
        return fenced(`diff of ${range}${truncated ? ', cut: read the rest' : ''}`, patch);
      }),
    ),
    section('Your task', [
      `Try to refute that ${id} is done at this commit. End with \`report_review\`, each finding with the file and line that shows it.`,
    ]),
  );
}

function proofLines(proofs: readonly ProofRecord[]): readonly string[] {
  return proofs.map(
    ({ assertionId, verdict, observed }) =>
      `- ${assertionId}: ${verdict} — ${indented(observed.slice(0, 600).toWellFormed())}`,
  );
}

function findingDraftLines(findings: readonly FindingDraft[]): readonly string[] {
  return findings.map(({ severity, category, title, detail, location, featureIds }) => {
    const where = [location, ...featureIds].filter((part) => part !== undefined).join(', ');
    return [
      `- [${severity}, ${category}] ${neutralLine(title, 400)}${where === '' ? '' : ` (${neutralLine(where, 300)})`}`,
      ...(detail === '' ? [] : [`  ${indented(detail.slice(0, 1_000).toWellFormed())}`]),
    ].join('\n');
  });
}
