import { fact, type MissionEvent, type MissionEventData } from '../events/index.ts';
import type { FindingState, Mission, RunState } from '../mission.state.ts';
import { describeOpenFindings, waysOutOf } from '../open-findings.ts';
import { fixesLeft, isSettledAt, nextApprovalId, unsettledFindings } from '../queries.ts';
import { refuse } from '../refusals.ts';
import type { SettlementChoice } from '../settlement.ts';
import { newFeatures, rootOf } from './settled-features.ts';
import { checkSettlement, idleDrafts, type Triage } from './settlement-checks.ts';

/** A triage run settles every open finding of its milestone: who gives way, and why. */
export function concludeSettled(
  settled: Triage['settled'],
  run: RunState,
  mission: Mission,
): readonly MissionEvent[] {
  const milestone = mission.milestones[run.subject.milestone ?? ''];
  if (!milestone) return refuse('SETTLEMENT_INVALID', 'The milestone is unknown.');
  const open = unsettledFindings(mission, milestone.definition.id);
  const triage = { mission, milestone, settled, findings: new Map(open.map((item) => [item.id, item])) };
  checkSettlement(triage);
  const exhausted = exhaustedRoots(triage);
  if (exhausted.length > 0) return [fixLimitReached(triage, exhausted)];
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
function needsNewRound(
  { settled, findings, mission, milestone }: Triage,
  added: readonly MissionEvent[],
): boolean {
  const { id } = milestone.definition;
  return (
    settled.items.some(
      ({ item, choice }) =>
        changing.includes(choice) || (choice === 'waive' && findings.get(item)?.source === 'engine'),
    ) ||
    added.some(({ type, data }) => type === 'FeatureAdded' && data.feature.milestoneId === id) ||
    milestone.inScope.some((assertionId) => {
      const assertion = mission.assertions[assertionId];
      return assertion !== undefined && !isSettledAt(assertion, milestone.targetSha);
    })
  );
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

function fixLimitReached({ mission, milestone }: Triage, roots: readonly string[]): MissionEvent {
  const { id } = milestone.definition;
  const why = `The fixes of ${roots.join(', ')} in ${id} are used up.`;
  return fact('MissionBlocked', {
    cause: 'fix_limit',
    detail: `${why}\n${describeOpenFindings(mission, id)}`.slice(0, 4000),
    needs: waysOutOf(mission, id),
  });
}

function approvals({ settled, findings, mission, milestone }: Triage): readonly MissionEvent[] {
  const waived = settled.items.filter(({ choice }) => choice === 'waive');
  const amended = settled.items.filter(({ choice }) => choice === 'amend_contract');
  const waivers = waived.map(({ item, justification }, index) =>
    fact('ApprovalRequested', {
      approvalId: nextApprovalId(mission, index),
      kind: 'waiver',
      ...waiverOf(item, justification, findings.get(item)),
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

/** A verdict is waived with its assertion; what the engine found by a rule is let stand by itself. */
function waiverOf(
  item: string,
  justification: string,
  found: FindingState | undefined,
): Pick<MissionEventData<'ApprovalRequested'>, 'summary' | 'assertionIds' | 'findingIds'> {
  if (found?.source !== 'engine')
    return { summary: justification, assertionIds: found?.finding.assertionIds ?? [] };
  const summary = `Let ${item} stand, "${found.finding.title}": ${justification}`.slice(0, 4000);
  return { summary, assertionIds: [], findingIds: [item] };
}

function rollBack({ settled, findings, milestone }: Triage): readonly MissionEvent[] {
  const items = settled.items.filter(({ choice }) => choice === 'roll_back');
  if (items.length === 0 || milestone.startSha === undefined) return [];
  const reasons = items.map(
    ({ item, justification }) => `${item} "${findings.get(item)?.finding.title ?? ''}": ${justification}`,
  );
  return [
    fact('MilestoneRolledBack', {
      milestoneId: milestone.definition.id,
      toSha: milestone.startSha,
      reason: reasons.join('\n').slice(0, 4000),
    }),
  ];
}
