import type { z } from 'zod';
import type { Conclusion, ConclusionOf } from '../commands/index.ts';
import {
  askedSchema,
  handedOffSchema,
  repliedSchema,
  settledSchema,
  validatedSchema,
} from '../commands/index.ts';
import { mustCatch } from '../counted-verdict.ts';
import type { Mission } from '../mission.state.ts';
import { openRun, unsettledFindings } from '../queries.ts';
import type { SettlementChoice } from '../settlement.ts';
import { assertionsOfRun, assertionsToBaseline } from '../validation-queries.ts';
import type { Assertion, BaselineResult, Verdict } from '../validation-contract.ts';
import { baseSha, digest, sha } from './mission.builders.ts';

/** How the open run of a mission may end: well, unless a case says otherwise. */

type HandedOffInput = z.input<typeof handedOffSchema>;
type ValidatedInput = z.input<typeof validatedSchema>;
type FindingInput = NonNullable<NonNullable<ValidatedInput['report']>['findings']>[number];
type RecordInput = ValidatedInput['proofs'][number];
type SettledInput = z.input<typeof settledSchema>;
type QuestionInput = z.input<typeof askedSchema>['questions'][number];

export function asked(...questions: QuestionInput[]): ConclusionOf<'asked'> {
  return askedSchema.parse({ kind: 'asked', questions });
}

export function question(id: string, over: Partial<QuestionInput> = {}): QuestionInput {
  return { id, text: `What about ${id}?`, ...over };
}

/** Every proof fails on the base, those that guard what is there already pass; `over` says what a case needs. */
export function baselined(
  mission: Mission,
  over: Readonly<Record<string, BaselineResult>> = {},
): ConclusionOf<'baselined'> {
  const results = (mission.proposal?.assertions ?? []).map((assertion) => ({
    assertionId: assertion.id,
    result: over[assertion.id] ?? usualBaseline(assertion),
    observed: 'exit code 1',
    evidence: [],
  }));
  return { kind: 'baselined', results };
}

function usualBaseline(assertion: Assertion | undefined): BaselineResult {
  return assertion?.type === 'non_regression' ? 'already_passes' : 'fails_as_expected';
}

/** A success that changes one file of its own on top of the mission's head. */
export function handedOff(
  mission: Mission,
  over: {
    readonly claim?: Partial<HandedOffInput['claim']>;
    readonly captured?: Partial<HandedOffInput['captured']>;
    readonly checkpoint?: HandedOffInput['checkpoint'];
  } = {},
): ConclusionOf<'handed_off'> {
  const featureId = openRun(mission)?.subject.feature ?? 'F-000';
  return handedOffSchema.parse({
    kind: 'handed_off',
    claim: {
      outcome: 'success',
      salientSummary: `${featureId} works`,
      whatWasImplemented: [featureId],
      whatWasLeftUndone: [],
      ...over.claim,
    },
    captured: {
      baseSha: mission.head?.sha ?? baseSha,
      headSha: sha(mission.handoffs.length + 1),
      filesChanged: [`src/${featureId}.ts`],
      commandsRun: [],
      ...over.captured,
    },
    ...(over.checkpoint && { checkpoint: over.checkpoint }),
  });
}

interface Said {
  readonly verdict: Verdict;
  readonly cites?: readonly string[];
  readonly steps?: readonly string[];
}

export interface Reported {
  /** What the engine measured; pass where nothing is said. */
  readonly measured?: Readonly<Record<string, Verdict>>;
  /** What the validator says where it differs from the engine, with the calls it cites. */
  readonly said?: Readonly<Record<string, Said>>;
  readonly findings?: readonly FindingInput[];
  /** What the engine's own rules and checks found. */
  readonly found?: readonly FindingInput[];
  /** What proofs that have yet to be executed on the base do there; they fail where nothing is said. */
  readonly baselines?: Readonly<Record<string, BaselineResult>>;
  /** More of what the engine measured. */
  readonly records?: Readonly<Record<string, Partial<RecordInput>>>;
}

const noticed = { outcome: 'caught' as const, observed: 'the broken one failed' };

/** A report of the open validation run; its tool call `call-1` was captured by the engine. */
export function validated(mission: Mission, reported: Reported = {}): ConclusionOf<'validated'> {
  const run = openRun(mission);
  if (!run) throw new Error('No run is open.');
  const { said = {}, findings = [], found, baselines = {} } = reported;
  const targetSha = mission.milestones[run.subject.milestone ?? '']?.targetSha ?? '';
  const proofs = assertionsOfRun(mission, run).map((id) => proofOf(mission, id, reported));
  const results = proofs.map(({ assertionId, verdict }) => ({
    assertionId,
    verdict: said[assertionId]?.verdict ?? verdict,
    observed: `seen by the validator`,
    evidence: [...(said[assertionId]?.cites ?? [])],
    reproSteps: [...(said[assertionId]?.steps ?? [])],
  }));
  return validatedSchema.parse({
    kind: 'validated',
    targetSha,
    proofs: proofs.map((proof) => ({ ...proof, targetSha })),
    baselines: assertionsToBaseline(mission, run).map((assertionId) => ({
      assertionId,
      result: baselines[assertionId] ?? usualBaseline(mission.assertions[assertionId]?.definition),
      observed: 'exit code 1',
      evidence: [],
    })),
    checks: [],
    ...(found && { findings: [...found] }),
    captured: [{ kind: 'output', artifact: digest(2), call: 'call-1' }],
    ...(run.subject.final === true ? {} : { report: { results, findings: [...findings] } }),
  });
}

function proofOf(
  mission: Mission,
  assertionId: string,
  { measured = {}, records = {} }: Reported,
): Omit<RecordInput, 'targetSha'> {
  const assertion = mission.assertions[assertionId];
  return {
    assertionId,
    verdict: measured[assertionId] ?? 'pass',
    observed: `observed ${assertionId}`,
    expected: 'exit code 0',
    durationMs: 5,
    evidence: [{ kind: 'output', artifact: digest() }],
    ...(assertion && mustCatch(assertion) && { control: noticed }),
    ...records[assertionId],
  };
}

/** Every open finding of the milestone settled; fixed, unless a case says otherwise. */
export function settled(
  mission: Mission,
  choices: Readonly<Record<string, SettlementChoice>> = {},
  over: Partial<SettledInput> = {},
): ConclusionOf<'settled'> {
  const milestoneId = openRun(mission)?.subject.milestone ?? '';
  const items = unsettledFindings(mission, milestoneId).map(({ id }) => ({
    item: id,
    choice: choices[id] ?? 'fix_now',
    justification: `because of ${id}`,
  }));
  return settledSchema.parse({ kind: 'settled', items, ...over });
}

export function replied(over: Partial<z.input<typeof repliedSchema>> = {}): ConclusionOf<'replied'> {
  return repliedSchema.parse({ kind: 'replied', text: 'Understood.', ...over });
}

export function ended(
  state: ConclusionOf<'ended'>['state'],
  over: Partial<ConclusionOf<'ended'>> = {},
): ConclusionOf<'ended'> {
  return { kind: 'ended', state, ...over };
}

/** The conclusion that brings the mission on, whatever the open run is. */
export function goodConclusion(mission: Mission): Conclusion {
  switch (openRun(mission)?.task) {
    case 'baseline':
      return baselined(mission);
    case 'build':
      return handedOff(mission);
    case 'validate':
      return validated(mission);
    case 'triage':
      return settled(mission);
    case 'converse':
      return replied();
    case 'scope':
    case undefined:
      return asked();
    default:
      throw new Error('A plan run needs a proposal.');
  }
}
