import { noUsage } from '@missions/models';
import type { RunEnding } from '../outcome.ts';
import type { CompactionReason, ContextSummarized, TranscriptFact } from '../transcript/facts.ts';
import { cleanReply } from './clean-reply.ts';
import { roomyBytes } from './context-window.ts';
import { costUsd, now, type Holding } from './holding.ts';
import { callModel } from './model-call.ts';
import { planCompaction, type Compaction } from './plan-compaction.ts';
import { engineSummary, longestSummary, summaryRequest, SUMMARY_TOKENS } from './summary.ts';
import { worstCase } from './worst-case.ts';

/**
 * Makes room in the conversation. Each step is a fact of its own, so a holder that takes over in between goes on from what
 * was done. Answers `nothing` when nothing could be left out, and an ending when the summary could not be had.
 */
export async function compact(
  holding: Holding,
  reason: CompactionReason,
): Promise<RunEnding | 'done' | 'nothing'> {
  const roomy = roomyBytes(holding.state, holding.terms.window, reason);
  let step = planCompaction(holding.state, roomy);
  if (!step) return 'nothing';
  while (step) {
    const ending = await take(holding, step, reason);
    if (ending) return ending;
    await holding.killPoint('compacted');
    step = planCompaction(holding.state, roomy);
  }
  return 'done';
}

async function take(
  holding: Holding,
  step: Compaction,
  reason: CompactionReason,
): Promise<RunEnding | undefined> {
  if (step.kind === 'summarize') return await summarize(holding, step.upTo, reason);
  await clear(holding, step.outputs, reason);
  return undefined;
}

/** More references than this in one fact might not fit an event. */
const outputsPerFact = 100;

async function clear(
  holding: Holding,
  outputs: Extract<Compaction, { kind: 'clear' }>['outputs'],
  reason: CompactionReason,
): Promise<void> {
  const facts: TranscriptFact[] = [];
  for (let from = 0; from < outputs.length; from += outputsPerFact) {
    const kept = await Promise.all(
      outputs.slice(from, from + outputsPerFact).map(async ({ turn, callId, content }) => ({
        turn,
        callId,
        ...(await holding.options.transcript.keep(content)),
      })),
    );
    facts.push({ type: 'OutputsCleared', data: { turn: holding.state.turn, reason, outputs: kept } });
  }
  await holding.record(...facts);
}

/** The model itself says what has to be remembered; where it cannot, the engine lists what was done. */
async function summarize(
  holding: Holding,
  upTo: number,
  reason: CompactionReason,
): Promise<RunEnding | undefined> {
  holding.show('making room: summarising the older turns');
  const { request, addedTokens } = summaryRequest(holding, upTo, reason);
  const worst = worstCase(holding, { inputTokens: addedTokens, outputTokens: SUMMARY_TOKENS });
  const called = await callModel(holding, request, worst);
  if ('ending' in called) return called.ending;
  const known = { turn: holding.state.turn, reason, upTo, requestDigest: holding.digest.of(request) };
  const data: ContextSummarized =
    'reply' in called
      ? {
          ...known,
          ...summaryOf(holding, upTo, called.reply.content),
          usage: called.reply.usage,
          costUsd: costUsd(called.cost),
          at: now(holding),
        }
      : { ...known, ...summaryOf(holding, upTo, []), usage: noUsage, costUsd: 0, at: now(holding) };
  await holding.record({ type: 'ContextSummarized', data });
  return undefined;
}

function summaryOf(
  holding: Holding,
  upTo: number,
  reply: Parameters<typeof cleanReply>[0],
): Pick<ContextSummarized, 'summary' | 'by'> {
  const { content } = cleanReply(reply, holding.options.redactor.redact);
  const text = content
    .flatMap((block) => (block.type === 'text' ? [block.text] : []))
    .join('\n')
    .trim();
  // A model that calls a tool went on with its work instead.
  const went = content.some((block) => block.type === 'tool_use');
  if (text === '' || went) return { summary: engineSummary(holding.state, upTo), by: 'engine' };
  return { summary: text.slice(0, longestSummary).toWellFormed(), by: 'model' };
}
