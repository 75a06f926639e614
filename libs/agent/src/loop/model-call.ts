import {
  costOf,
  isModelError,
  ModelError,
  type Cost,
  type ModelReply,
  type ModelRequest,
} from '@missions/models';
import type { Reservation } from '../budget.ts';
import type { RunEnding } from '../outcome.ts';
import { FailRun, StopRun } from '../steering.ts';
import type { TranscriptFact } from '../transcript/facts.ts';
import { now, outOfTime, type Holding } from './holding.ts';
import type { WorstCase } from './worst-case.ts';

/** What came of a call. An `overflow` is a request that the provider found too long for the model. */
export type Called =
  | { readonly reply: ModelReply; readonly cost: Cost }
  | { readonly ending: RunEnding }
  | { readonly overflow: string };

/** A call under way: what was asked, and the money set aside for the attempt under way. */
interface OpenCall {
  readonly request: ModelRequest;
  readonly worst: WorstCase;
  reservation: Reservation;
  /** It is not made yet, or not again; whoever stops it now stops nothing that costs. */
  waits: boolean;
}

/** Calls the model within the run's budget and time. Every attempt that may cost is in the transcript before the next is made. */
export async function callModel(holding: Holding, request: ModelRequest, worst: WorstCase): Promise<Called> {
  const reservation = await holding.options.budget.reserve(worst.cost);
  if (!reservation) return { ending: { kind: 'failed', cause: 'budget', detail: tooDear(worst) } };
  const call: OpenCall = { request, worst, reservation, waits: false };
  await holding.killPoint('before-call');
  let reply: ModelReply;
  try {
    reply = await respond(holding, call);
  } catch (error) {
    return await lost(holding, call, error);
  }
  const cost = costOf(reply.usage, holding.options.price);
  call.reservation.settle(cost);
  await holding.killPoint('after-call');
  return { reply, cost };
}

async function respond(holding: Holding, call: OpenCall): Promise<ModelReply> {
  const { model, signal } = holding.options;
  try {
    const reply = await model.respond(call.request, {
      signal: AbortSignal.any([signal, holding.grace.signal, holding.deadline.signal]),
      onDelta: () => {
        holding.moved();
      },
      onWait: (wait) => {
        call.waits = wait !== undefined;
        holding.waitsForModel(wait);
      },
      onLostReply: () => payLostReply(holding, call),
    });
    signal.throwIfAborted();
    return reply;
  } finally {
    holding.waitsForModel(undefined);
  }
}

/** The provider may charge for a reply that broke off, and for the one that is asked for in its place. */
async function payLostReply(holding: Holding, call: OpenCall): Promise<void> {
  call.reservation.settle(call.worst.cost);
  await holding.record(...abandoned(call, 'cut'));
  await holding.killPoint('call-lost');
  const next = await holding.options.budget.reserve(call.worst.cost);
  if (!next) throw new ModelError('budget', tooDear(call.worst));
  call.reservation = next;
}

/** A call without a reply: stopped by a person, a pause or the time (its worst case is spent, if it was made), or failed at the provider. */
async function lost(holding: Holding, call: OpenCall, error: unknown): Promise<Called> {
  const { signal, redactor } = holding.options;
  const isStopped = signal.aborted || holding.grace.signal.aborted || holding.deadline.signal.aborted;
  if (isStopped && !call.waits) call.reservation.settle(call.worst.cost);
  else call.reservation.cancel();
  if (signal.aborted) {
    // A released run is charged by its next holder; this one may no longer append.
    if (isEnded(signal.reason)) await holding.record(...abandoned(call, 'stopped'));
    throw error;
  }
  if (holding.grace.signal.aborted) return { ending: await pausedIn(holding, call) };
  if (holding.deadline.signal.aborted) {
    await holding.record(...abandoned(call, 'out_of_time'));
    return { ending: outOfTime(holding) };
  }
  if (!isModelError(error)) throw error;
  const detail = redactor.redact(error.message);
  if (error.code === 'context_overflow') return { overflow: detail };
  return { ending: { kind: 'failed', cause: error.code, detail } };
}

async function pausedIn(holding: Holding, call: OpenCall): Promise<RunEnding> {
  const { turn } = holding.state;
  const data = { turn, callsPending: false, at: now(holding) };
  await holding.record(...abandoned(call, 'paused'), { type: 'RunSuspended', data });
  return { kind: 'suspended', turn };
}

/** What is recorded of a call whose reply is lost; nothing of one that was not made. */
function abandoned(
  call: OpenCall,
  why: 'cut' | 'stopped' | 'paused' | 'out_of_time',
): readonly TranscriptFact[] {
  return call.waits ? [] : [{ type: 'CallAbandoned', data: { ...call.worst.abandoned, why } }];
}

/** The run ends with this holder, which therefore says itself what the call may have cost. */
function isEnded(reason: unknown): boolean {
  return reason instanceof FailRun || (reason instanceof StopRun && reason.how !== 'release');
}

function tooDear({ cost }: WorstCase): string {
  const usd = cost === 'unpriced' ? 'unpriced' : `$${cost.usd.toFixed(4)}`;
  return `The budget does not cover the next call (up to ${usd}).`;
}
