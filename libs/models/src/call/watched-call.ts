import { createRedactor } from '@missions/kernel';
import { isModelError, ModelError } from '../model-error.ts';
import type { RespondOptions } from '../model.ts';
import { longestWaitMs, type CallGate } from '../rate/call-gate.ts';
import { needOf } from '../rate/need-of.ts';
import type { ModelReply } from '../reply.ts';
import type { ModelRequest } from '../request.ts';
import { defaultRetryPolicy, withRetries, type RetryPolicy } from '../retry.ts';
import { headersOf, mayHaveBegun, presentable } from './failure.ts';
import { IdleWatch } from './idle-watch.ts';

/** What an attempt is given to end in time and to show that it is alive. */
export interface CallWatch {
  readonly signal: AbortSignal;
  /** Throws when the provider sent more than any reply can be. */
  readonly sawBytes: (count: number) => void;
  /** An answer has come; its headers may tell of the account's rate. */
  readonly heard: (headers: Headers) => void;
}

/** A call and how long it has waited so far, before all its attempts. */
interface CallInTurn extends CallToWatch {
  waitedMs: number;
}

/** What is asked, and by whom. */
export interface CallToWatch extends RespondOptions {
  readonly request: ModelRequest;
}

export interface CallRules {
  readonly retry: RetryPolicy;
  /** Longest silence, before or inside a reply; keep-alive pings count as life. */
  readonly idleMs: number;
  /** From whatever an attempt threw to its cause; the message must not hold a key. */
  readonly errorFor: (error: unknown) => ModelError;
  /** Where each attempt waits for its turn; none where the account's rate is nobody's matter. */
  readonly gate?: CallGate | undefined;
}

const DEFAULT_IDLE_MS = 90_000;

/** The rules of one model's calls; whatever the provider echoes, its key is in no message. */
export function callRules(
  options: {
    readonly apiKey?: string | undefined;
    readonly retry?: Partial<RetryPolicy> | undefined;
    readonly idleMs?: number | undefined;
    readonly gate?: CallGate | undefined;
  },
  errorFor: (error: unknown) => ModelError,
): CallRules {
  const redactor = createRedactor({ secrets: [{ name: 'api key', value: options.apiKey ?? '' }] });
  return {
    retry: { ...defaultRetryPolicy, ...options.retry },
    idleMs: options.idleMs ?? DEFAULT_IDLE_MS,
    gate: options.gate,
    errorFor: (error) => presentable(errorFor(error), redactor),
  };
}

/** A provider that only ever pings would otherwise keep a call for ever. */
const LONGEST_CALL_MS = 3_600_000;
/** The largest replies of today's models are under one megabyte, their events some twenty times that. */
const LARGEST_STREAM_BYTES = 64 * 1024 * 1024;

/** One call of a model over the network: tried again while that may help, ended by silence, by its size or by the signal. */
export function watchedCall(
  call: CallToWatch,
  rules: CallRules,
  attempt: (watch: CallWatch) => Promise<ModelReply>,
): Promise<ModelReply> {
  const inTurn: CallInTurn = { ...call, waitedMs: 0 };
  return withRetries(() => attemptInTurn(inTurn, rules, attempt), visibly(inTurn, rules), call.signal);
}

/**
 * Where an account's calls wait for their turn, one that was refused waits as long as they do, and is seen to. What all its
 * attempts wait counts together, or a run would wait an hour for each.
 */
function visibly(call: CallInTurn, { retry, gate }: CallRules): RetryPolicy {
  const { onWait } = call;
  const { longestRetryAfterMs } = retry;
  return {
    ...retry,
    longestRetryAfterMs: gate ? Math.max(longestRetryAfterMs, longestWaitMs) : longestRetryAfterMs,
    wait: async (ms, signal) => {
      call.waitedMs += ms;
      if (gate && call.waitedMs >= longestWaitMs)
        throw new ModelError(
          'rate_limit',
          'The call would wait for more than an hour, all its attempts together.',
        );
      onWait?.({ why: 'the last call failed, and is made again', until: new Date(Date.now() + ms) });
      await retry.wait(ms, signal);
      onWait?.(undefined);
    },
  };
}

async function attemptInTurn(
  call: CallInTurn,
  rules: CallRules,
  attempt: (watch: CallWatch) => Promise<ModelReply>,
): Promise<ModelReply> {
  const pass = await rules.gate?.enter(() => needOf(call.request), call);
  call.waitedMs += pass?.waitedMs ?? 0;
  const heard = (headers: Headers | undefined): void => {
    if (headers) pass?.heard(headers);
  };
  try {
    const reply = await watchedAttempt(call, rules, (watch) =>
      attempt({ ...watch, heard }).catch((error: unknown) => {
        heard(headersOf(error));
        throw error;
      }),
    );
    pass?.settle(reply.usage);
    return reply;
  } catch (error) {
    pass?.fail(isModelError(error) ? error : undefined);
    throw error;
  }
}

async function watchedAttempt(
  call: CallToWatch,
  rules: CallRules,
  attempt: (watch: Omit<CallWatch, 'heard'>) => Promise<ModelReply>,
): Promise<ModelReply> {
  call.signal?.throwIfAborted();
  const idle = new IdleWatch(rules.idleMs, LONGEST_CALL_MS);
  // Whatever an attempt leaves open, a body too large to read on for one, ends with it.
  const over = new AbortController();
  const signal = AbortSignal.any([idle.signal, over.signal, ...(call.signal ? [call.signal] : [])]);
  try {
    const reply = await attempt({ signal, sawBytes: countingBytes(idle) });
    signal.throwIfAborted();
    return reply;
  } catch (error) {
    call.signal?.throwIfAborted();
    const failure = idle.signal.aborted ? idle.error() : rules.errorFor(error);
    if (mayHaveBegun(failure)) await call.onLostReply?.();
    throw failure;
  } finally {
    idle.stop();
    over.abort();
  }
}

function countingBytes(idle: IdleWatch): (count: number) => void {
  let bytes = 0;
  return (count) => {
    idle.sawLife();
    bytes += count;
    if (bytes > LARGEST_STREAM_BYTES)
      throw new ModelError('model', `The reply is larger than ${LARGEST_STREAM_BYTES} bytes.`);
  };
}
