import type { ConclusionOf } from '../commands/index.ts';
import { fact, type MissionEvent } from '../events/index.ts';
import type { FindingState, MilestoneState, Mission, RunState } from '../mission.state.ts';
import type { FeatureDraft } from '../plan.ts';
import { fixesLeft, isSettledAt, nextApprovalId, rootFeatureId, unsettledFindings } from '../queries.ts';
import { refuse } from '../refusals.ts';
import type { SettlementChoice, SettlementItem } from '../settlement.ts';
import { addedFeatures, checkDelta } from './delta.ts';

type Settled = ConclusionOf<'settled'>;
interface Triage {
  readonly mission: Mission;
  readonly milestone: MilestoneState;
  readonly findings: ReadonlyMap<string, FindingState>;
  readonly settled: Settled;
}

/** A triage run settles every open finding of its milestone: who gives way, and why. */
export function concludeSettled(settled: Settled, run: RunState, mission: Mission): readonly MissionEvent[] {
  const milestone = mission.milestones[run.subject.milestone ?? ''];
  if (!milestone) return refuse('SETTLEMENT_INVALID', 'The milestone is unknown.');
  const open = unsettledFindings(mission, milestone.definition.id);
  const triage = { mission, milestone, settled, findings: new Map(open.map((item) => [item.id, item])) };
  checkSettlement(triage);
  const exhausted = exhaustedRoots(triage);
  if (exhausted.length > 0) return [fixLimitReached(milestone, exhausted)];
  const added = newFeatures(triage);
  return [
    ...settled.items.map(({ item, choice, justification }) =>
      fact('FindingSettled', { findingId: item, choice, justification, decidedBy: run.id }),
    ),
    ...added,
    ...approvals(triage),
    ...rollBack(triage),
    fact('NegotiationSettled', {
      milestoneId: milestone.definition.id,
      round: milestone.round,
      outcome: needsNewRound(triage, added) ? 'revalidate' : 'continue',
    }),
  ];
}

const changing: readonly SettlementChoice[] = ['fix_now', 'rescope', 'roll_back', 'amend_contract'];

/** Whatever makes the milestone be validated again counts as a round, so that nothing goes round for ever. */
function needsNewRound({ settled, mission, milestone }: Triage, added: readonly MissionEvent[]): boolean {
  const { id } = milestone.definition;
  return (
    settled.items.some(({ choice }) => changing.includes(choice)) ||
    added.some(({ type, data }) => type === 'FeatureAdded' && data.feature.milestoneId === id) ||
    milestone.inScope.some((assertionId) => {
      const assertion = mission.assertions[assertionId];
      return assertion !== undefined && !isSettledAt(assertion, milestone.targetSha);
    })
  );
}

function checkSettlement({ settled, findings, mission }: Triage): void {
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
  { item, choice }: SettlementItem,
  finding: FindingState | undefined,
  settled: Settled,
): readonly string[] {
  if (!finding) return [];
  if (finding.source === 'failed_verdict' && (choice === 'dismiss' || choice === 'follow_up'))
    return [
      `${item} is a failed assertion: fix, amend, waive, rescope or roll back, but do not ${choice} it`,
    ];
  if (finding.source === 'inconclusive_verdict' && choice === 'fix_now')
    return [`${item} is inconclusive: it asks for a better proof or a person, not for a fix`];
  if (choice === 'waive' && finding.finding.assertionIds.length === 0)
    return [`${item} names no assertion that could be waived; dismiss it instead`];
  if (choice === 'amend_contract' && (settled.contract_delta?.assertions.length ?? 0) === 0)
    return [`${item} asks for an amendment, but contract_delta holds no assertion`];
  if (
    choice === 'rescope' &&
    !(settled.plan_delta?.features ?? []).some(({ sourceFindingIds }) => sourceFindingIds.includes(item))
  )
    return [`${item} is rescoped, but no feature of plan_delta names it in sourceFindingIds`];
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
function idleDrafts(settled: Settled): readonly FeatureDraft[] {
  const drafts = settled.plan_delta?.features ?? [];
  const called = settled.items
    .filter(({ choice }) => bringsFeature(choice))
    .map(({ item }) => drafts.find(({ sourceFindingIds }) => sourceFindingIds.includes(item)));
  return drafts.filter((draft) => !called.includes(draft));
}

function bringsFeature(choice: SettlementChoice): boolean {
  return choice === 'fix_now' || choice === 'follow_up' || choice === 'rescope';
}

/** Root features that would be charged beyond their budget of fixes. */
function exhaustedRoots({ settled, findings, mission }: Triage): readonly string[] {
  const roots = settled.items
    .filter(({ choice }) => choice === 'fix_now')
    .flatMap(({ item }) => rootOf(mission, findings.get(item)) ?? []);
  return [...new Set(roots)].filter((id) => {
    const root = mission.features[id];
    return root !== undefined && fixesLeft(mission, root) <= 0;
  });
}

function fixLimitReached(milestone: MilestoneState, roots: readonly string[]): MissionEvent {
  return fact('MissionBlocked', {
    cause: 'fix_limit',
    detail: `The fixes of ${roots.join(', ')} in ${milestone.definition.id} are used up.`,
    needs: 'Read `missions contract`; resume to allow one more round, waive the assertion, or cancel.',
  });
}

function rootOf(mission: Mission, finding: FindingState | undefined): string | undefined {
  if (!finding) return undefined;
  const named = finding.finding.featureIds[0];
  if (named !== undefined && mission.features[named]) return rootFeatureId(mission, named);
  const fulfilling = Object.values(mission.features).find(({ definition }) =>
    finding.finding.assertionIds.some((id) => definition.fulfils.includes(id)),
  );
  return fulfilling && rootFeatureId(mission, fulfilling.definition.id);
}

/** Drafts of the plan delta first serve the items that they name; an item nobody serves gets a feature of its own. */
function newFeatures(triage: Triage): readonly MissionEvent[] {
  const { settled, mission, milestone } = triage;
  const drafts = settled.plan_delta?.features ?? [];
  const used = new Set<FeatureDraft>();
  const events: MissionEvent[] = [];
  for (const item of settled.items) {
    if (!bringsFeature(item.choice)) continue;
    const named = drafts.find(({ sourceFindingIds }) => sourceFindingIds.includes(item.item));
    if (named && used.has(named)) continue;
    if (named) used.add(named);
    const fix = item.choice === 'fix_now';
    const draft = complete(triage, item, named);
    const placed = fix ? { ...draft, milestoneId: milestone.definition.id } : draft;
    events.push(...addedFeatures(mission, [placed], fix ? 'fix' : 'follow_up', events.length));
  }
  return events;
}

function complete(
  { mission, findings }: Triage,
  { item }: SettlementItem,
  named: FeatureDraft | undefined,
): FeatureDraft {
  const finding = findings.get(item);
  const root = rootOf(mission, finding);
  const charge = root === undefined ? {} : { rootFeatureId: root };
  if (named) return { ...named, ...charge };
  const { title, detail, suggestedFix, assertionIds } = finding?.finding ?? {
    title: item,
    detail: '',
    assertionIds: [],
  };
  return {
    title: `Fix: ${title}`.slice(0, 200),
    description: [detail, suggestedFix].filter(Boolean).join('\n\n').slice(0, 8000),
    preconditions: [],
    expectedBehavior: [],
    fulfils: assertionIds.filter((id) => mission.assertions[id]),
    touches: [],
    dependsOn: [],
    sourceFindingIds: [item],
    ...charge,
  };
}

function approvals({ settled, findings, mission, milestone }: Triage): readonly MissionEvent[] {
  const waived = settled.items.filter(({ choice }) => choice === 'waive');
  const amended = settled.items.filter(({ choice }) => choice === 'amend_contract');
  const waivers = waived.map(({ item, justification }, index) =>
    fact('ApprovalRequested', {
      approvalId: nextApprovalId(mission, index),
      kind: 'waiver',
      summary: justification,
      assertionIds: findings.get(item)?.finding.assertionIds ?? [],
      milestoneId: milestone.definition.id,
    }),
  );
  if (amended.length === 0 || !settled.contract_delta) return waivers;
  const idle = idleDrafts(settled);
  return [
    ...waivers,
    fact('ApprovalRequested', {
      approvalId: nextApprovalId(mission, waivers.length),
      kind: 'amendment',
      summary: amended
        .map(({ justification }) => justification)
        .join(' ')
        .slice(0, 4000),
      milestoneId: milestone.definition.id,
      contractDelta: settled.contract_delta,
      ...(idle.length > 0 && { planDelta: { features: [...idle] } }),
    }),
  ];
}

function rollBack({ settled, milestone }: Triage): readonly MissionEvent[] {
  const item = settled.items.find(({ choice }) => choice === 'roll_back');
  if (!item || milestone.startSha === undefined) return [];
  return [
    fact('MilestoneRolledBack', {
      milestoneId: milestone.definition.id,
      toSha: milestone.startSha,
      reason: item.justification,
    }),
  ];
}
