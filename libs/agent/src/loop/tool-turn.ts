import type { RecordedResult, TranscriptFact } from '../transcript/facts.ts';
import type { PendingCalls } from '../transcript/run-state.ts';
import { now, type Holding } from './holding.ts';
import { invokeTool } from './invoke-tool.ts';
import { judgeCalls, type JudgedCall, type ReadyCall } from './judge-call.ts';

/**
 * Executes the calls of one turn and records all results in one commit.
 * Neighbouring reads run in parallel, writes in the order they were made, and the closing call after everything else.
 * Records nothing when a pause cut off a turn that only reads; its calls then wait for the next holder.
 */
export async function toolTurn(holding: Holding, pending: PendingCalls): Promise<void> {
  const judged = judgeCalls(pending, holding.options.tools);
  const results = new Map<string, RecordedResult>();
  for (const batch of batchesOf(judged)) {
    const done = await Promise.all(batch.map((ready) => invokeTool(ready, pending, holding)));
    for (const result of done) results.set(result.callId, result);
  }
  // A pause cut off what only read: it is read when the run goes on, as if it had not begun.
  if (holding.grace.signal.aborted && onlyReads(judged)) return;
  for (const entry of judged) if ('refusal' in entry) results.set(entry.call.id, entry.refusal);
  const checkpoint = await checkpointAfter(holding, pending.turn, { judged, results });
  await holding.killPoint('before-results');
  await holding.record(
    {
      type: 'ToolResultsRecorded',
      data: {
        turn: pending.turn,
        results: pending.calls.flatMap((call) => results.get(call.id) ?? []),
        at: now(holding),
      },
    },
    ...checkpoint,
  );
  await holding.killPoint('results-recorded');
}

function onlyReads(judged: readonly JudgedCall[]): boolean {
  return judged.every((entry) => !('tool' in entry) || entry.tool.effect === 'read');
}

function batchesOf(judged: readonly JudgedCall[]): readonly (readonly ReadyCall[])[] {
  const ready = judged.filter((entry) => 'tool' in entry);
  const batches: ReadyCall[][] = [];
  let reads: ReadyCall[] | undefined;
  for (const entry of ready.filter(({ tool }) => tool.effect !== 'closing')) {
    if (entry.tool.effect === 'read' && reads) reads.push(entry);
    else batches.push([entry]);
    reads = entry.tool.effect === 'read' ? batches.at(-1) : undefined;
  }
  return [...batches, ...ready.filter(({ tool }) => tool.effect === 'closing').map((entry) => [entry])];
}

/** Keeps the workspace together with the results that describe it; a run that has closed keeps its commit instead. */
async function checkpointAfter(
  holding: Holding,
  turn: number,
  done: { readonly judged: readonly JudgedCall[]; readonly results: ReadonlyMap<string, RecordedResult> },
): Promise<readonly TranscriptFact[]> {
  const wrote = done.judged.some((entry) => 'tool' in entry && entry.tool.effect === 'write');
  const closed = [...done.results.values()].some((result) => result.closes);
  return wrote && !closed ? await takeCheckpoint(holding, turn) : [];
}

export async function takeCheckpoint(holding: Holding, turn: number): Promise<readonly TranscriptFact[]> {
  const checkpoint = await holding.options.checkpoint?.(turn);
  return checkpoint ? [{ type: 'CheckpointTaken', data: { turn, ...checkpoint } }] : [];
}
