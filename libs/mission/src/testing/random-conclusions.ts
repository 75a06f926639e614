import type { Conclusion } from '../commands/index.ts';
import type { Mission, RunState } from '../mission.state.ts';
import { unsettledFindings } from '../queries.ts';
import { runCauseSchema, type Usage } from '../run.ts';
import { settlementChoiceSchema, type SettlementChoice } from '../settlement.ts';
import { assertionsOfRun } from '../validation-queries.ts';
import {
  baselineResultSchema,
  verdictSchema,
  type BaselineResult,
  type Verdict,
} from '../validation-contract.ts';
import { controlOutcomeSchema } from '../validation-report.ts';
import {
  asked,
  baselined,
  ended,
  handedOff,
  question,
  replied,
  settled,
  validated,
  type Reported,
} from './conclusions.ts';
import { assertion, baseSha, digest, oneTurn, proposal, sha } from './mission.builders.ts';
import type { RandomChoice } from './random-choice.ts';

/** How a run of an uncertain world may end: mostly well, sometimes badly, now and then nonsense. */
export function randomConclusion(mission: Mission, run: RunState, random: RandomChoice): Conclusion {
  if (random.chance(0.1)) return randomEnd(random);
  if (random.chance(0.04)) return random.pick([asked(), proposal(), replied()]) ?? asked();
  switch (run.task) {
    case 'plan':
      return randomProposal(random);
    case 'baseline':
      return randomBaseline(mission, random);
    case 'build':
      return randomHandoff(mission, random);
    case 'validate':
      return validated(mission, randomReport(mission, run, random));
    case 'triage':
      return randomSettlement(mission, run, random);
    case 'converse':
      return randomReply(random);
    default:
      return randomQuestions(random);
  }
}

export function randomSpend(run: RunState, random: RandomChoice): Usage {
  const costUsd = random.chance(0.05) ? run.sliceUsd + 1 : run.sliceUsd * random.next();
  return { ...oneTurn, costUsd };
}

function randomEnd(random: RandomChoice): Conclusion {
  const checkpoint = { sha: sha(random.below(1000) + 1), bundle: digest(), turn: 3 };
  const kept = random.chance(0.5) ? { checkpoint } : {};
  if (random.chance(0.3))
    return ended(random.pick(['cancelled', 'interrupted'] as const) ?? 'interrupted', kept);
  return ended('failed', { ...kept, cause: random.pick(runCauseSchema.options) ?? 'crash' });
}

function randomQuestions(random: RandomChoice): Conclusion {
  const ids = ['Q1', 'Q2', 'Q3', 'constructor', 'toString'].filter(() => random.chance(0.25));
  return asked(
    ...ids.map((id) =>
      question(id, { blocking: random.chance(0.6), ...(random.chance(0.5) && { default: 'yes' }) }),
    ),
  );
}

function randomProposal(random: RandomChoice): Conclusion {
  const proposed = proposal();
  const { plan, brief } = proposed;
  const features = plan.features.map((feature) => ({
    ...feature,
    fulfils: random.chance(0.03) ? [] : feature.fulfils,
    touches: random.chance(0.5) ? [random.mostly('env:/staging', ['port:/local/9000']), 'src/a'] : [],
    ...(random.chance(0.2) && { mayBeEmpty: true }),
    ...(random.chance(0.2) && { retryBudget: random.below(3) }),
  }));
  const title = `Tasks ${String(random.below(100))}`;
  const assertions = proposed.contract.assertions.map((one) =>
    random.chance(0.2) ? { ...one, negativeControl: { description: 'Without it', break: 'rm it' } } : one,
  );
  const contract = { ...proposed.contract, assertions };
  return { ...proposed, brief: { ...brief, title }, plan: { ...plan, features }, contract };
}

function randomBaseline(mission: Mission, random: RandomChoice): Conclusion {
  const results: readonly BaselineResult[] = ['already_passes', 'cannot_run', 'fails_as_expected'];
  const ids = (mission.proposal?.assertions ?? []).map(({ id }) => id).filter(() => random.chance(0.08));
  return baselined(mission, Object.fromEntries(ids.map((id) => [id, random.pick(results) ?? 'cannot_run'])));
}

function randomHandoff(mission: Mission, random: RandomChoice): Conclusion {
  const outcome = random.mostly('success' as const, ['partial', 'failure'] as const);
  const commit = sha(mission.version);
  const headSha = random.chance(0.05) ? (mission.head?.sha ?? baseSha) : commit;
  const issue = { id: 'I1', severity: 'blocking', description: 'The base is odd' } as const;
  return handedOff(mission, {
    claim: {
      outcome,
      whatWasLeftUndone: random.chance(0.15) ? ['the help text'] : [],
      discoveredIssues: random.chance(0.15) ? [issue] : [],
    },
    captured: {
      headSha,
      filesChanged: ['src/a.ts', 'src/b.ts', 'src/c.ts'].filter(() => random.chance(0.6)),
      ...(random.chance(0.05) && { baseSha: sha(random.below(50)) }),
    },
    ...(outcome !== 'success' && { checkpoint: { sha: commit, bundle: digest(), turn: 2 } }),
  });
}

function randomReport(mission: Mission, run: RunState, random: RandomChoice): Reported {
  const ids = assertionsOfRun(mission, run);
  const verdict = (): Verdict => random.mostly('pass', verdictSchema.options, 0.8);
  const said = ids
    .filter(() => random.chance(0.2))
    .map((id) => [id, { verdict: verdict(), cites: random.chance(0.8) ? ['call-1'] : [] }] as const);
  return {
    measured: Object.fromEntries(ids.map((id) => [id, verdict()])),
    said: Object.fromEntries(said),
    findings: random.chance(0.15)
      ? [{ severity: 'minor', category: 'stub', title: 'A stub', featureIds: ['F-001'] }]
      : [],
    found: random.chance(0.15) ? [randomFind(random)] : [],
    baselines: random.chance(0.3)
      ? Object.fromEntries(ids.map((id) => [id, random.pick(baselineResultSchema.options) ?? 'cannot_run']))
      : {},
    records: Object.fromEntries(ids.filter(() => random.chance(0.15)).map((id) => [id, randomDoubt(random)])),
  };
}

function randomFind(random: RandomChoice): NonNullable<Reported['found']>[number] {
  return {
    severity: random.pick(['blocker', 'major', 'minor'] as const) ?? 'major',
    category: 'test_quality',
    title: 'A test was deleted',
    location: `test/${String(random.below(3))}.ts`,
  };
}

/** What makes a proof doubted, or confirms it. */
function randomDoubt(random: RandomChoice): NonNullable<Reported['records']>[string] {
  const verdict = (): Verdict => random.mostly('pass', ['fail', 'inconclusive'] as const);
  const outcome = random.pick(controlOutcomeSchema.options) ?? 'caught';
  const doubts = [
    { again: [verdict(), verdict()] },
    { again: [verdict()] },
    { evidence: [] },
    { control: { outcome, observed: 'the broken one' } },
  ];
  return random.pick(doubts) ?? {};
}

const amendment = { assertions: [assertion('VAL-NEW-001')], reason: 'it was forgotten' };

function randomSettlement(mission: Mission, run: RunState, random: RandomChoice): Conclusion {
  const open = unsettledFindings(mission, run.subject.milestone ?? '');
  const choices = open.map(({ id, source }): [string, SettlementChoice] => {
    const usual = source === 'inconclusive_verdict' ? 'waive' : 'fix_now';
    return [id, random.mostly(usual, settlementChoiceSchema.options, 0.6)];
  });
  const named = choices.filter(([, choice]) => choice === 'rescope' || choice === 'amend_contract');
  const amended = choices.some(([, choice]) => choice === 'amend_contract');
  const drafts = named.map(([id]) => ({
    title: `Serve ${id}`,
    fulfils: amended ? ['VAL-NEW-001'] : [],
    sourceFindingIds: [id],
    ...(random.chance(0.5) && { milestoneId: random.pick(['M1', 'M2']) ?? 'M2' }),
  }));
  return settled(
    mission,
    Object.fromEntries(random.chance(0.03) ? choices.slice(1) : choices),
    named.length > 0
      ? { plan_delta: { features: drafts }, ...(amended && { contract_delta: amendment }) }
      : {},
  );
}

function randomReply(random: RandomChoice): Conclusion {
  if (random.chance(0.7)) return replied();
  const grown = {
    plan_delta: { features: [{ title: 'More', fulfils: ['VAL-NEW-001'] }] },
    contract_delta: amendment,
  };
  const replaced = {
    contract_delta: { assertions: [assertion('VAL-ADD-001', { statement: 'It holds twice' })] },
  };
  const broken = { plan_delta: { features: [{ title: 'No', fulfils: ['VAL-GONE-001'] }] } };
  return replied(random.pick([grown, replaced, broken]) ?? grown);
}
