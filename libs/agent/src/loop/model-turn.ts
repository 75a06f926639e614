import { costOf, isModelError, type ModelReply, type ModelRequest } from '@missions/models';
import type { Reservation } from '../budget.ts';
import type { RunEnding } from '../outcome.ts';
import { FailRun, StopRun } from '../steering.ts';
import type { TranscriptFact } from '../transcript/facts.ts';
import { cleanReply } from './clean-reply.ts';
import { costUsd, type Holding } from './holding.ts';
import { digestOf, requestFor } from './model-request.ts';
import { worstCase, type WorstCase } from './worst-case.ts';

/** A call under way: what was asked, and the money set aside for it. */
interface OpenCall {
  readonly request: ModelRequest;
  readonly worst: WorstCase;
  readonly reservation: Reservation;
}

/** Calls the model once and records its reply; the ending is given when there is no next step. */
export async function modelTurn(holding: Holding): Promise<RunEnding | undefined> {
  const { budget, limits } = holding.options;
  const worst = worstCase(holding);
  const reservation = await budget.reserve(worst.cost);
  if (!reservation) {
    return {
      kind: 'failed',
      cause: 'budget',
      detail: `The budget does not cover the next call (up to ${show(worst)}).`,
    };
  }
  const request = requestFor(holding.state, { tools: holding.definitions, maxTokens: limits.maxTokens });
  const call: OpenCall = { request, worst, reservation };
  await holding.killPoint('before-call');
  let reply: ModelReply;
  try {
    reply = await respond(holding, request);
  } catch (error) {
    return await lost(holding, call, error);
  }
  await holding.killPoint('after-call');
  await recordReply(holding, call, reply);
  return undefined;
}

async function respond(holding: Holding, request: ModelRequest): Promise<ModelReply> {
  const { model, signal } = holding.options;
  const either = AbortSignal.any([signal, holding.grace.signal]);
  const reply = await model.respond(request, {
    signal: either,
    onDelta: () => {
      holding.moved();
    },
  });
  signal.throwIfAborted();
  return reply;
}

async function recordReply(holding: Holding, call: OpenCall, reply: ModelReply): Promise<void> {
  const { clock, price, redactor } = holding.options;
  const cost = costOf(reply.usage, price);
  call.reservation.settle(cost);
  await holding.record({
    type: 'TurnRecorded',
    data: {
      turn: holding.state.turn + 1,
      reply: cleanReply(reply.content, redactor.redact),
      stopReason: reply.stopReason,
      usage: reply.usage,
      costUsd: costUsd(cost),
      requestDigest: digestOf(call.request),
      at: clock.now().toISOString(),
    },
  });
  await holding.killPoint('turn-recorded');
}

/** A call without a reply: stopped by a person or a pause (its worst case is spent), or failed at the provider. */
async function lost(holding: Holding, call: OpenCall, error: unknown): Promise<RunEnding> {
  const { signal, redactor } = holding.options;
  const abandoned: TranscriptFact = { type: 'CallAbandoned', data: call.worst.abandoned };
  if (signal.aborted) {
    call.reservation.settle(call.worst.cost);
    // A released run is charged by its next holder; this one may no longer append.
    if (isEnded(signal.reason)) await holding.record(abandoned);
    throw error;
  }
  if (holding.grace.signal.aborted) {
    call.reservation.settle(call.worst.cost);
    const { turn } = holding.state;
    await holding.record(abandoned, { type: 'RunSuspended', data: { turn, callsPending: false } });
    return { kind: 'suspended', turn };
  }
  call.reservation.cancel();
  if (!isModelError(error)) throw error;
  return { kind: 'failed', cause: error.code, detail: redactor.redact(error.message) };
}

/** The run ends with this holder, which therefore says itself what the call may have cost. */
function isEnded(reason: unknown): boolean {
  return reason instanceof FailRun || (reason instanceof StopRun && reason.how !== 'release');
}

function show(worst: WorstCase): string {
  return worst.cost === 'unpriced' ? 'unpriced' : `$${worst.cost.usd.toFixed(4)}`;
}
