import { isConflict } from '@missions/kernel';
import type { RunEnding, RunOutcome } from '../outcome.ts';
import { FailRun, StopRun } from '../steering.ts';
import type { CompactionReason, TranscriptFact } from '../transcript/facts.ts';
import { begin } from './begin.ts';
import { compact } from './compact.ts';
import { Holding, now, outOfTime } from './holding.ts';
import { isStale } from './invoke-tool.ts';
import { meetOverflow, modelTurn } from './model-turn.ts';
import { nextStep } from './next-step.ts';
import type { RunAgentOptions } from './options.ts';
import { takeCheckpoint, toolTurn } from './tool-turn.ts';

/**
 * Drives one run until it ends or this holder has to let go of it.
 *
 * Every reply is recorded before its calls are executed, and their results before the next call of the model, so that
 * another holder can go on after the last complete turn by calling this with a higher token. Rejects only with faults
 * (store unreachable, a closing tool that broke, a fault of this code); the run is then for another holder to take over.
 */
export async function runAgent(options: RunAgentOptions): Promise<RunOutcome> {
  const holding = new Holding(options);
  try {
    const ending = await drive(holding);
    return { ...ending, usage: holding.state.usage };
  } catch (error) {
    return { ...endingFor(error, holding), usage: holding.state.usage };
  } finally {
    holding.end();
  }
}

async function drive(holding: Holding): Promise<RunEnding> {
  await begin(holding);
  for (;;) {
    holding.options.signal.throwIfAborted();
    const ending = await advance(holding);
    if (ending) return ending;
  }
}

/** Takes one step; gives the ending when it was the last one. */
async function advance(holding: Holding): Promise<RunEnding | undefined> {
  const step = nextStep(holding.state, holding.terms);
  if (step.kind !== 'end' && holding.deadline.signal.aborted) return outOfTime(holding);
  switch (step.kind) {
    case 'end':
      return step.ending;
    case 'execute':
      if (holding.grace.wanted) return await suspend(holding);
      await toolTurn(holding, step.pending);
      return undefined;
    case 'remind':
      await holding.record(injection(holding, { messageId: step.messageId, text: step.text, by: 'engine' }));
      return undefined;
    case 'compact':
      return await makeRoom(holding, step.reason);
    case 'call':
      return (await steer(holding)) ?? (await modelTurn(holding));
  }
}

async function makeRoom(holding: Holding, reason: CompactionReason): Promise<RunEnding | undefined> {
  if (holding.grace.wanted) return await suspend(holding);
  if (reason === 'overflow')
    return await meetOverflow(holding, 'The conversation no longer fits the context window of the model.');
  const compacted = await compact(holding, reason);
  return typeof compacted === 'string' ? undefined : compacted;
}

/** Follows what the mission wants before the next call. */
async function steer(holding: Holding): Promise<RunEnding | undefined> {
  const { wanted, messages } = await holding.options.steering();
  holding.options.signal.throwIfAborted();
  if (wanted === 'pause' || holding.grace.wanted) return await suspend(holding);
  const { injected } = holding.state;
  const unheard = messages.filter(({ id }, index) => {
    return !injected.has(id) && messages.findIndex((other) => other.id === id) === index;
  });
  if (unheard.length === 0) return undefined;
  await holding.record(
    ...unheard.map(({ id, text, by }) => injection(holding, { messageId: id, text, by: by ?? 'person' })),
  );
  return undefined;
}

async function suspend(holding: Holding): Promise<RunEnding> {
  const { turn, pending } = holding.state;
  const checkpoint = await takeCheckpoint(holding, turn);
  await holding.record(...checkpoint, {
    type: 'RunSuspended',
    data: { turn, callsPending: pending !== undefined, at: now(holding) },
  });
  return { kind: 'suspended', turn };
}

function injection(
  holding: Holding,
  message: { readonly messageId: string; readonly text: string; readonly by: 'person' | 'engine' },
): TranscriptFact {
  const text = holding.options.redactor.redact(message.text);
  return { type: 'MessageInjected', data: { ...message, text, turn: holding.state.turn } };
}

/** What ends a holding from outside of the loop; anything else is a fault and rises. */
function endingFor(error: unknown, holding: Holding): RunEnding {
  const { signal, redactor } = holding.options;
  const { turn } = holding.state;
  if (isStale(error)) return { kind: 'released', detail: 'A newer holder has taken the run over.' };
  if (isConflict(error)) return { kind: 'released', detail: 'Somebody else wrote to the run.' };
  const reasons: readonly unknown[] = [error, signal.reason];
  const failed = reasons.find((reason) => reason instanceof FailRun);
  if (failed) return { kind: 'failed', cause: failed.cause, detail: redactor.redact(failed.message) };
  const stop = error instanceof StopRun ? error : signal.aborted ? stopFor(signal.reason) : undefined;
  if (!stop) throw error;
  if (stop.how === 'cancel') return { kind: 'cancelled', turn };
  if (stop.how === 'interrupt') return { kind: 'interrupted', turn };
  return { kind: 'released', detail: stop.message };
}

function stopFor(reason: unknown): StopRun {
  if (reason instanceof StopRun) return reason;
  return new StopRun('release', reason instanceof Error ? reason.message : String(reason));
}
