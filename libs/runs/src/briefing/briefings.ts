import { pendingMessages, type Mission, type RunState } from '@missions/mission';
import type { RepositoryMaterial } from '../context/index.ts';
import {
  assertionLines,
  assertionsInQuestion,
  briefSection,
  broadcastsSection,
  featureSection,
  findingLines,
  goalSection,
  handoffLines,
  indented,
  joined,
  planSection,
  questionsSection,
  returnedSection,
  section,
} from './sections.ts';
import { conflictsSection, sharedSection, sharingSection, type SharedStart } from './shared-section.ts';

/**
 * What a run is about, from the log and one commit alone: the same subject always gives the same bytes. What changes least
 * comes first, what this run has to do comes last.
 */
export interface BriefingSubject {
  readonly mission: Mission;
  readonly run: RunState;
  /** What the repository says at the commit the run starts from. */
  readonly material?: Pick<RepositoryMaterial, 'text'>;
  /** Of a build with shared integration. */
  readonly start?: SharedStart;
}

export function scopeBriefing({ mission, run, material }: BriefingSubject): string {
  return joined(
    goalSection(mission),
    material?.text,
    questionsSection(mission),
    broadcastsSection(mission, run),
    section('Your task', [
      `Round ${String(run.subject.round)} of at most ${String(mission.limits.scopingRounds)}. Read the repository, then end with \`ask\`.`,
    ]),
  );
}

export function planBriefing({ mission, run, material }: BriefingSubject): string {
  return joined(
    goalSection(mission),
    briefSection(mission.suppliedBrief),
    material?.text,
    section('Brief so far', mission.scoping.brief ? [JSON.stringify(mission.scoping.brief)] : []),
    questionsSection(mission),
    broadcastsSection(mission, run),
    sharingSection(mission),
    returnedSection(mission.proposal),
    section('Your task', [
      'Write the contract first, then milestones and features, and end with `propose_plan`.',
    ]),
  );
}

export function buildBriefing({ mission, run, material, start }: BriefingSubject): string {
  const feature = mission.features[run.subject.feature ?? ''];
  if (!feature) return joined(goalSection(mission), material?.text);
  const assertions = feature.definition.fulfils.flatMap((id) => mission.assertions[id]?.definition ?? []);
  const findings = feature.definition.sourceFindingIds.flatMap((id) => mission.findings[id] ?? []);
  return joined(
    conflictsSection(mission, start),
    briefSection(mission.brief),
    material?.text,
    broadcastsSection(mission, run),
    sharedSection(mission, run, start),
    section('Done before you', handoffLines(mission.handoffs.slice(-5))),
    featureSection(feature),
    section(
      'Findings this has to settle',
      findings.map(({ id, finding }) => `- ${id} ${indented(finding.title)}\n  ${indented(finding.detail)}`),
    ),
    section('Assertions it fulfils', assertionLines(assertions)),
    section('Your task', [
      'Build exactly this feature in /workspace, run the tests, and end with `hand_off`.',
    ]),
  );
}

export function triageBriefing({ mission, run, material }: BriefingSubject): string {
  const milestoneId = run.subject.milestone ?? '';
  return joined(
    briefSection(mission.brief),
    material?.text,
    broadcastsSection(mission, run),
    planSection(mission),
    sharingSection(mission),
    section('Assertions they are about', assertionLines(assertionsInQuestion(mission, milestoneId))),
    section('Open findings', findingLines(mission, milestoneId)),
    section('Your task', [
      'Settle every open finding, each with a justification, and end with `settle_findings`.',
    ]),
  );
}

export function converseBriefing({ mission, run, material }: BriefingSubject): string {
  return joined(
    goalSection(mission),
    briefSection(mission.brief),
    material?.text,
    broadcastsSection(mission, run),
    planSection(mission),
    sharingSection(mission),
    section('State', [
      `The mission is ${mission.status}${mission.block ? `, blocked by ${mission.block.cause}: ${mission.block.detail}` : ''}.`,
    ]),
    section(
      'Messages to answer',
      pendingMessages(mission).map(({ by, text }) => `- ${by}: ${text}`),
    ),
    section('Your task', ['Answer the person, and end with `reply`.']),
  );
}
