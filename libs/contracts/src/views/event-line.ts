import type { EventEnvelope } from '@missions/kernel';
import {
  isAskClaim,
  type MissionEvent,
  type MissionEventData,
  type MissionEventType,
} from '@missions/mission';
import { limitTexts, toFinishText } from './budget-text.ts';
import { counted } from './counted.ts';
import { oneLine } from './one-line.ts';
import { waitText } from './wait-text.ts';
import { publicEventNames } from '../public-event-names.ts';

type Sentences = { readonly [Type in MissionEventType]: (data: MissionEventData<Type>) => string };

/** The fact in one line for a person; every fact has one, so that nothing happens without words. */
export function eventLine(event: Pick<EventEnvelope, 'type' | 'data'>): string {
  const fact = event as MissionEvent;
  if (!Object.hasOwn(sentences, fact.type)) return event.type;
  const sentence = sentences[fact.type] as (data: unknown) => string;
  return oneLine(sentence(fact.data));
}

/** The fact behind a public name, for readers of public events. */
export function eventTypeOf(publicName: string): MissionEventType | undefined {
  const found = Object.entries(publicEventNames).find(([, name]) => name === publicName);
  return found?.[0] as MissionEventType | undefined;
}

const sentences: Sentences = {
  MissionCreated: ({ goal, repository }) =>
    `created for ${repository.url} at ${short(repository.baseSha)}: ${goal}`,
  MissionPaused: ({ by, reason }) => `Ⅱ paused by ${by}${because(reason)}`,
  MissionResumed: ({ by }) => `▶ resumed by ${by}`,
  MissionBlocked: ({ cause, detail, needs, toFinish }) =>
    `■ blocked{${cause}}: ${[detail, toFinish && toFinishText(toFinish), needs].filter(Boolean).join(' ')}`,
  MissionUnblocked: ({ by, cause }) => `▶ ${by} cleared the block (${cause})`,
  MissionCompleted: ({ headSha }) => `✓ completed at ${short(headSha)}`,
  MissionFailed: ({ cause, detail }) => `✗ failed (${cause}): ${detail}`,
  MissionCancelled: ({ by, reason }) => `– cancelled by ${by}${because(reason)}`,
  ScopingQuestionAsked: ({ question }) =>
    `? ${question.id}${question.blocking ? '' : ' (optional)'}: ${question.text}`,
  ScopingQuestionAnswered: ({ questionId, value, by }) => `${by} answered ${questionId}: ${value}`,
  ScopingAssumptionMade: ({ questionId, assumption }) => `assumed for ${questionId}: ${assumption.text}`,
  ScopingRoundClosed: ({ round, ready }) =>
    `scoping round ${String(round)} closed${ready ? ', ready to plan' : ', answers needed'}`,
  PlanProposalOpened: ({ revision, brief }) => `plan ${String(revision)} proposed: ${brief.title}`,
  PlanMilestoneProposed: ({ milestone }) => `plan: ${milestone.id} ${milestone.title}`,
  PlanFeatureProposed: ({ feature }) => `plan: ${feature.id} ${feature.title} (${feature.milestoneId})`,
  ContractAssertionProposed: ({ assertion }) => `contract: ${assertion.id} ${assertion.statement}`,
  ProposalClosed: ({ revision, hash }) => `plan ${String(revision)} is complete (${hash.slice(0, 19)}…)`,
  ContractAssertionBaselined: ({ assertionId, result }) => `baseline ${assertionId}: ${result}`,
  PlanProposalReturned: ({ revision, by, reasons }) =>
    `plan ${String(revision)} sent back by ${by}: ${reasons.join('; ')}`,
  PlanApproved: ({ by, mode }) => `✓ plan approved by ${by}${mode === 'person' ? '' : ` (${mode})`}`,
  ContractAmended: ({ number, by, reason }) =>
    `contract amendment ${String(number)} approved by ${by}: ${reason}`,
  ApprovalRequested: ({ approvalId, kind, summary }) =>
    `? ${approvalId} ${kind} needs your decision: ${summary}`,
  ApprovalDecided: ({ approvalId, decision, by, reason }) =>
    `${approvalId} ${decision} by ${by}${because(reason)}`,
  RunDelegated: ({ runId, role, task, subject, attempt }) =>
    `${runId} delegated: ${role} ${task}${about(subject)}${attempt > 1 ? `, attempt ${String(attempt)}` : ''}`,
  RunClaimed: ({ runId, holder, model }) => `▶ ${runId} claimed by ${holder}${model ? ` with ${model}` : ''}`,
  RunReleased: ({ runId, reason }) => `${runId} released (${reason}); it can be taken over`,
  RunSuspended: ({ runId }) => `${runId} suspended`,
  RunEnded: ({ runId, state, cause, detail }) =>
    `${state === 'failed' ? '✗ ' : ''}${runId} ${state}${cause ? `{${cause}}` : ''}${detail ? `: ${detail}` : ''}`,
  RunStalled: ({ runId, sinceAt, limitMs, lastLine }) =>
    `⚠ ${runId} has not moved since ${sinceAt}; it is stopped after ${minutes(limitMs)}${lastLine ? `. The last: ${lastLine}` : ''}`,
  RunRecovered: ({ runId }) => `${runId} moves again`,
  RunStopOrdered: ({ runId, cause }) => `${runId} is told to stop (${cause})`,
  RunUnclaimed: ({ runId, sinceAt, needs }) =>
    `⚠ ${runId} waits since ${sinceAt} and nobody claims it: ${needs}`,
  RunWaiting: ({ runId, ...waits }) => `${runId} ${waitText(waits)}`,
  HandoffSubmitted: ({ handoff }) =>
    `${handoff.featureId} handed off (${handoff.claim.outcome}, claimed): ${handoff.claim.salientSummary}`,
  HandoffAccepted: ({ featureId, headSha }) => `${featureId} committed as ${short(headSha)}`,
  FeatureAdded: ({ feature }) => `feature ${feature.id} added (${feature.kind}): ${feature.title}`,
  FeatureWaiting: ({ featureId, ...waits }) => `${featureId} ${waitText(waits)}`,
  FeatureAccepted: ({ featureId }) => `✓ ${featureId} accepted`,
  FeatureReopened: ({ featureId, reason }) => `${featureId} reopened: ${reason}`,
  FeatureBlocked: ({ featureId, reason }) => `■ ${featureId} blocked: ${reason}`,
  FeatureSkipped: ({ featureId, by, reason }) => `${featureId} skipped by ${by}: ${reason}`,
  FeatureCancelled: ({ featureId, reason }) => `${featureId} cancelled: ${reason}`,
  MilestoneStarted: ({ milestoneId }) => `milestone ${milestoneId} started`,
  MilestoneRolledBack: ({ milestoneId, toSha, reason }) =>
    `milestone ${milestoneId} rolled back to ${short(toSha)}: ${reason}`,
  MilestoneValidationStarted: ({ milestoneId, round, assertionIds, final }) =>
    `⟳ ${final ? 'final proof' : milestoneId} round ${String(round)}: ${counted(assertionIds.length, 'assertion')}`,
  MilestoneReportReceived: ({ milestoneId, validator, findings, engineFindings = [] }) =>
    `${milestoneId} report of ${validator}: ${counted(findings.length + engineFindings.length, 'finding')}`,
  MilestonePassed: ({ milestoneId }) => `✓ milestone ${milestoneId} passed`,
  AssertionJudged: ({ assertionId, verdict, targetSha, observed }) =>
    `${verdict === 'pass' ? '✓' : '✗'} ${assertionId} ${verdict} at ${short(targetSha)}${observed && verdict !== 'pass' ? `: ${observed}` : ''}`,
  AssertionWaived: ({ assertionId, by, reason }) => `W ${assertionId} waived by ${by}: ${reason}`,
  FindingRaised: ({ findingId, finding }) => `✗ ${findingId} (${finding.severity}): ${finding.title}`,
  FindingSettled: ({ findingId, choice, justification }) =>
    `${findingId} settled as ${choice}: ${justification}`,
  NegotiationSettled: ({ milestoneId, outcome }) => `findings of ${milestoneId} settled: ${outcome}`,
  LockRequested: ({ runId, featureId, resources }) =>
    runId === undefined
      ? `${featureId ?? ''}, which is next, asks for ${resources.join(', ')}`
      : `${runId} asks for ${resources.join(', ')}`,
  LockGranted: ({ ledger, version, ...lock }) =>
    `${claimant(lock)} holds ${claimed(lock)} (${ledger}@${String(version)})`,
  LockReleased: ({ letsThrough, ...lock }) =>
    letsThrough === undefined
      ? `${claimant(lock)} gave back ${claimed(lock)}`
      : `${claimant(lock)} lets ${letsThrough} through, which would have come first, and asks again`,
  LockLost: ({ by, reason, ...lock }) =>
    `⚠ ${claimant(lock)} lost the lease of ${claimed(lock)}${by === undefined ? '' : `, revoked by ${by}${because(reason)}`}`,
  LockNarrowed: ({ runId, resources, reads = [] }) =>
    `${runId} keeps ${resources.join(', ') || 'nothing'} for itself${reads.length > 0 ? ` and reads ${reads.join(', ')}` : ''}`,
  LockOffered: ({ runId, offer }) => `${runId} may choose: ${offer}`,
  LockOfferChosen: ({ runId, proposalId }) => `${runId} chose ${proposalId}`,
  LockAskRefused: ({ runId, code, detail }) => `${runId} does not get what it asked for (${code}): ${detail}`,
  LockNegotiationOpened: ({ side, with: others, resources, reason }) =>
    side === 'asker'
      ? `asks ${others.join(', ')} to give way for ${resources.join(', ')}${because(reason)}`
      : `${others.join(', ')} asks to give way for ${resources.join(', ')}${because(reason)}`,
  LockNegotiationSettled: ({ agreed, ledger, version }) => `agreed: ${agreed} (${ledger}@${String(version)})`,
  LockNegotiationFailed: ({ with: others, reason, by }) =>
    `no agreement with ${others.join(', ')} (${reason}${by === undefined ? '' : ` by ${by}`}); the queue goes on`,
  BroadcastPublished: ({ by, broadcast }) => `broadcast by ${by}: ${broadcast.title}`,
  MessageReceived: ({ by, text, interrupt }) =>
    `message of ${by}${interrupt ? ' (interrupting)' : ''}: ${text}`,
  MessageDelivered: ({ messageId, runId }) => `message ${messageId} delivered to ${runId}`,
  MessageAnswered: ({ text }) => `answer: ${text}`,
  BudgetSliceGranted: ({ runId, usd }) => `${runId} may spend $${usd.toFixed(2)}`,
  BudgetWarned: ({ fraction, spentUsd, maxCostUsd }) =>
    `budget ${String(Math.round(fraction * 100))}% spent: $${spentUsd.toFixed(2)} of $${maxCostUsd.toFixed(2)}`,
  WallClockWarned: ({ fraction, workedMin, maxWallClockMin }) =>
    `wall clock ${String(Math.round(fraction * 100))}% used: ${workedMin.toFixed(1)} of ${counted(maxWallClockMin, 'minute')} of work`,
  BudgetRaised: ({ by, ...raised }) => `budget raised by ${by}: ${limitTexts(raised).join(', ')}`,
};

/** A run, or a feature whose run is yet to come. */
function claimant({
  runId,
  featureId,
}: Pick<MissionEventData<'LockReleased'>, 'runId' | 'featureId'>): string {
  return runId ?? featureId ?? '';
}

/** A run has several claims: that of its work, and what its agent asks for besides. */
function claimed({ claimId }: { readonly claimId: string }): string {
  return isAskClaim(claimId) ? 'what its agent asked for' : 'its resources';
}

function about(subject: MissionEventData<'RunDelegated'>['subject']): string {
  const what = subject.feature ?? subject.milestone ?? (subject.final === true ? 'the final commit' : '');
  return what === '' ? '' : ` ${what}`;
}

function because(reason: string | undefined): string {
  return reason === undefined || reason === '' ? '' : `: ${reason}`;
}

function minutes(ms: number): string {
  return `${String(Math.round(ms / 6_000) / 10)} min`;
}

function short(sha: string): string {
  return sha.slice(0, 12);
}
