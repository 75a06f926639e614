import { createRedactor } from '@missions/kernel';
import { ModelError } from '../model-error.ts';
import type { RespondOptions } from '../model.ts';
import type { ModelReply } from '../reply.ts';
import { defaultRetryPolicy, withRetries, type RetryPolicy } from '../retry.ts';
import { mayHaveBegun, presentable } from './failure.ts';
import { IdleWatch } from './idle-watch.ts';

/** What an attempt is given to end in time and to show that it is alive. */
export interface CallWatch {
  readonly signal: AbortSignal;
  /** Throws when the provider sent more than any reply can be. */
  readonly sawBytes: (count: number) => void;
}

export interface CallRules {
  readonly retry: RetryPolicy;
  /** Longest silence, before or inside a reply; keep-alive pings count as life. */
  readonly idleMs: number;
  /** From whatever an attempt threw to its cause; the message must not hold a key. */
  readonly errorFor: (error: unknown) => ModelError;
}

const DEFAULT_IDLE_MS = 90_000;

/** The rules of one model's calls; whatever the provider echoes, its key is in no message. */
export function callRules(
  options: {
    readonly apiKey?: string | undefined;
    readonly retry?: Partial<RetryPolicy> | undefined;
    readonly idleMs?: number | undefined;
  },
  errorFor: (error: unknown) => ModelError,
): CallRules {
  const redactor = createRedactor({ secrets: [{ name: 'api key', value: options.apiKey ?? '' }] });
  return {
    retry: { ...defaultRetryPolicy, ...options.retry },
    idleMs: options.idleMs ?? DEFAULT_IDLE_MS,
    errorFor: (error) => presentable(errorFor(error), redactor),
  };
}

/** A provider that only ever pings would otherwise keep a call for ever. */
const LONGEST_CALL_MS = 3_600_000;
/** The largest replies of today's models are under one megabyte, their events some twenty times that. */
const LARGEST_STREAM_BYTES = 64 * 1024 * 1024;

/** One call of a model over the network: tried again while that may help, ended by silence, by its size or by the signal. */
export function watchedCall(
  options: RespondOptions,
  rules: CallRules,
  attempt: (watch: CallWatch) => Promise<ModelReply>,
): Promise<ModelReply> {
  return withRetries(() => watchedAttempt(options, rules, attempt), rules.retry, options.signal);
}

async function watchedAttempt(
  options: RespondOptions,
  rules: CallRules,
  attempt: (watch: CallWatch) => Promise<ModelReply>,
): Promise<ModelReply> {
  options.signal?.throwIfAborted();
  const idle = new IdleWatch(rules.idleMs, LONGEST_CALL_MS);
  // Whatever an attempt leaves open, a body too large to read on for one, ends with it.
  const over = new AbortController();
  const signal = AbortSignal.any([idle.signal, over.signal, ...(options.signal ? [options.signal] : [])]);
  try {
    const reply = await attempt({ signal, sawBytes: countingBytes(idle) });
    signal.throwIfAborted();
    return reply;
  } catch (error) {
    options.signal?.throwIfAborted();
    const failure = idle.signal.aborted ? idle.error() : rules.errorFor(error);
    if (mayHaveBegun(failure)) await options.onLostReply?.();
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
