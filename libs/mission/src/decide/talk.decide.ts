import type { ConclusionOf } from '../commands/index.ts';
import { fact, type MissionEvent } from '../events/index.ts';
import type { Mission, RunState } from '../mission.state.ts';
import { nextApprovalId } from '../queries.ts';
import { entry } from '../by-id.ts';
import { refuse } from '../refusals.ts';
import { requireOngoing, requirePerson, type Decisions } from './deciding.ts';
import { checkDelta } from './delta.ts';

export const talkDecisions: Decisions<'SendMessage'> = {
  SendMessage: (data, mission, context) => {
    const by = requirePerson(context);
    requireOngoing(mission);
    const known = entry(mission.messages, data.messageId);
    if (known?.text === data.text) return [];
    if (known) refuse('DUPLICATE_MESSAGE', '', { messageId: data.messageId });
    return [fact('MessageReceived', { ...data, by, at: context.at })];
  },
};

/** A conversation ends with a reply; a change it proposes waits for a person's approval. */
export function concludeReplied(
  { text, plan_delta, contract_delta }: ConclusionOf<'replied'>,
  run: RunState,
  mission: Mission,
): readonly MissionEvent[] {
  const messageIds = Object.values(mission.messages)
    .filter(({ deliveredTo, answeredBy }) => deliveredTo === run.id && answeredBy === undefined)
    .map(({ id }) => id);
  if (messageIds.length === 0)
    refuse('WRONG_CONCLUSION', 'No message has been delivered to this run, so none can be answered.');
  const changes = (plan_delta?.features.length ?? 0) + (contract_delta?.assertions.length ?? 0) > 0;
  if (changes && mission.approvedHash === undefined)
    refuse('DELTA_INVALID', 'No plan is approved yet, so there is nothing to amend.');
  if (changes) checkDelta(mission, plan_delta, contract_delta);
  return [
    fact('MessageAnswered', { messageIds, runId: run.id, text }),
    ...(changes
      ? [
          fact('ApprovalRequested', {
            approvalId: nextApprovalId(mission),
            kind: 'amendment',
            summary: text.slice(0, 4000),
            ...(plan_delta && { planDelta: plan_delta }),
            ...(contract_delta && { contractDelta: contract_delta }),
          }),
        ]
      : []),
  ];
}
