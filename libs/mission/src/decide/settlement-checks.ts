import type { ConclusionOf } from '../commands/index.ts';
import type { FindingState, MilestoneState, Mission } from '../mission.state.ts';
import type { FeatureDraft } from '../plan.ts';
import { refuse } from '../refusals.ts';
import type { SettlementChoice, SettlementItem } from '../settlement.ts';
import { checkDelta } from './delta.ts';

export interface Triage {
  readonly mission: Mission;
  readonly milestone: MilestoneState;
  /** The open findings of the milestone, by id. */
  readonly findings: ReadonlyMap<string, FindingState>;
  readonly settled: ConclusionOf<'settled'>;
}

type Settled = Triage['settled'];

/** Refuses a settlement that leaves a finding out, takes a way that is not open for it, or changes what nobody asked for. */
export function checkSettlement({ settled, findings, mission }: Triage): void {
  const given = settled.items.map(({ item }) => item);
  const problems = [
    ...[...findings.keys()].filter((id) => !given.includes(id)).map((id) => `${id} is not settled`),
    ...given.filter((id) => !findings.has(id)).map((id) => `${id} is not an open finding`),
    ...given.filter((id, index) => given.indexOf(id) !== index).map((id) => `${id} is settled twice`),
    ...settled.items.flatMap((item) => problemsOf(item, findings.get(item.item), settled)),
    ...problemsOfDeltas(settled),
  ];
  if (problems.length > 0) refuse('SETTLEMENT_INVALID', problems.join('; '), { problems });
  checkDelta(mission, settled.plan_delta, settled.contract_delta);
}

function problemsOf(
  item: SettlementItem,
  finding: FindingState | undefined,
  settled: Settled,
): readonly string[] {
  if (!finding) return [];
  return [...closedWays(item, finding), ...missingParts(item, settled)].slice(0, 1);
}

/** What a finding was measured by decides which ways are open: a measurement is not argued away. */
function closedWays({ item, choice }: SettlementItem, { source, finding }: FindingState): readonly string[] {
  const sets = choice === 'dismiss' || choice === 'follow_up';
  if (source === 'failed_verdict' && sets)
    return [
      `${item} is a failed assertion: fix, amend, waive, rescope or roll back, but do not ${choice} it`,
    ];
  if (source === 'inconclusive_verdict' && choice === 'fix_now')
    return [`${item} is inconclusive: it asks for a better proof or a person, not for a fix`];
  if (source === 'engine' && finding.severity === 'blocker' && sets)
    return [
      `${item} is a blocker that the engine found: fix, rescope or roll back, or waive it, which a person decides; do not ${choice} it`,
    ];
  if (source === 'engine' && choice === 'amend_contract')
    return [`${item} was found by a rule, not by an assertion: no amendment takes it away`];
  if (choice === 'waive' && source !== 'engine' && finding.assertionIds.length === 0)
    return [`${item} names no assertion that could be waived; dismiss it instead`];
  return [];
}

function missingParts({ item, choice }: SettlementItem, settled: Settled): readonly string[] {
  if (choice === 'amend_contract' && (settled.contract_delta?.assertions.length ?? 0) === 0)
    return [`${item} asks for an amendment, but contract_delta holds no assertion`];
  const drafts = settled.plan_delta?.features ?? [];
  if (choice === 'rescope' && !drafts.some(({ sourceFindingIds }) => sourceFindingIds.includes(item)))
    return [`${item} is rescoped, but no feature of plan_delta names it in sourceFindingIds`];
  if (choice === 'fix_now' && settled.items.some((other) => other.choice === 'roll_back'))
    return [`${item} is fixed in work that is rolled back, which takes the fix away: roll it back too`];
  return [];
}

/** A change that belongs to no settled finding would be dropped without a word. */
function problemsOfDeltas(settled: Settled): readonly string[] {
  if (settled.items.some(({ choice }) => choice === 'amend_contract')) return [];
  const assertions = settled.contract_delta?.assertions ?? [];
  return [
    ...idleDrafts(settled).map(
      ({ title }) =>
        `"${title}" serves no finding that is fixed, followed up or rescoped; name one in its sourceFindingIds`,
    ),
    ...(assertions.length > 0 ? ['contract_delta changes the contract, but no item is amend_contract'] : []),
  ];
}

/** Drafts that no item calls for; with an amendment they wait for the person who decides it. */
export function idleDrafts(settled: Settled): readonly FeatureDraft[] {
  const drafts = settled.plan_delta?.features ?? [];
  const called = settled.items
    .filter(({ choice }) => bringsFeature(choice))
    .map(({ item }) => drafts.find(({ sourceFindingIds }) => sourceFindingIds.includes(item)));
  return drafts.filter((draft) => !called.includes(draft));
}

export function bringsFeature(choice: SettlementChoice): boolean {
  return choice === 'fix_now' || choice === 'follow_up' || choice === 'rescope';
}
