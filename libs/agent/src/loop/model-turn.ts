import type { RunEnding } from '../outcome.ts';
import { cleanReply } from './clean-reply.ts';
import { compact } from './compact.ts';
import { costUsd, now, type Holding } from './holding.ts';
import { callModel, type Called } from './model-call.ts';
import { requestFor } from './model-request.ts';
import { worstCase } from './worst-case.ts';

/** Calls the model once and records its reply; the ending is given when there is no next step. */
export async function modelTurn(holding: Holding): Promise<RunEnding | undefined> {
  const request = requestFor(holding.state, holding.fixed);
  const called = await callModel(holding, request, worstCase(holding));
  if ('ending' in called) return called.ending;
  if ('overflow' in called) return await meetOverflow(holding, called.overflow);
  await recordReply(holding, called, holding.digest.of(request));
  return undefined;
}

async function recordReply(
  holding: Holding,
  { reply, cost }: Extract<Called, { readonly reply: unknown }>,
  requestDigest: string,
): Promise<void> {
  const { content, droppedCalls } = cleanReply(reply.content, holding.options.redactor.redact);
  await holding.record({
    type: 'TurnRecorded',
    data: {
      turn: holding.state.turn + 1,
      reply: content,
      stopReason: reply.stopReason,
      usage: reply.usage,
      costUsd: costUsd(cost),
      requestDigest,
      ...(droppedCalls > 0 && { droppedCalls }),
      at: now(holding),
    },
  });
  await holding.killPoint('turn-recorded');
}

/** Room is made once; a run that overflows again without a reply in between cannot go on. */
export async function meetOverflow(holding: Holding, detail: string): Promise<RunEnding | undefined> {
  const failed: RunEnding = { kind: 'failed', cause: 'context_overflow', detail };
  if (holding.state.overflowMetAt !== undefined) return failed;
  const compacted = await compact(holding, 'overflow');
  if (compacted === 'done') return undefined;
  return compacted === 'nothing' ? failed : compacted;
}
