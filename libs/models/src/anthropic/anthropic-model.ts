import { Anthropic } from '@anthropic-ai/sdk';
import { Stream } from '@anthropic-ai/sdk/streaming';
import { ModelError } from '../model-error.ts';
import type { Model, RespondOptions } from '../model.ts';
import type { ModelReply } from '../reply.ts';
import type { Effort, ModelRequest } from '../request.ts';
import { defaultRetryPolicy, withRetries, type RetryPolicy } from '../retry.ts';
import { IdleWatch } from './idle-watch.ts';
import { mayHaveBegun, modelErrorFor } from './model-error-for.ts';
import { ReplyAccumulator } from './reply-accumulator.ts';
import { toWireRequest } from './wire-request.ts';

export interface AnthropicModelOptions {
  readonly id: string;
  /** The model's name at the provider. */
  readonly model: string;
  readonly apiKey: string;
  readonly baseUrl?: string | undefined;
  readonly effort?: Effort | undefined;
  readonly contextTokens?: number | undefined;
  readonly retry?: Partial<RetryPolicy> | undefined;
  /** Longest silence, before or inside a reply; keep-alive pings count as life. */
  readonly idleMs?: number | undefined;
}

const DEFAULT_IDLE_MS = 90_000;

/** A model behind the Messages API, streamed. Transient failures are retried here, also those inside a stream; deltas then repeat. */
export class AnthropicModel implements Model {
  readonly id: string;
  readonly contextTokens: number | undefined;
  private readonly client: Anthropic;
  private readonly retry: RetryPolicy;

  constructor(private readonly options: AnthropicModelOptions) {
    this.id = options.id;
    this.contextTokens = options.contextTokens;
    this.retry = { ...defaultRetryPolicy, ...options.retry };
    this.client = new Anthropic({
      apiKey: options.apiKey,
      // Otherwise the SDK looks for a token in the environment and sends both.
      authToken: null,
      baseURL: options.baseUrl,
      maxRetries: 0,
      logLevel: 'off',
    });
  }

  respond(request: ModelRequest, options: RespondOptions = {}): Promise<ModelReply> {
    return withRetries(() => this.attempt(request, options), this.retry, options.signal);
  }

  private async attempt(request: ModelRequest, options: RespondOptions): Promise<ModelReply> {
    options.signal?.throwIfAborted();
    const idle = new IdleWatch(this.options.idleMs ?? DEFAULT_IDLE_MS);
    const signals = options.signal ? [options.signal, idle.signal] : [idle.signal];
    try {
      return await this.stream(request, options, { signal: AbortSignal.any(signals), idle });
    } catch (error) {
      options.signal?.throwIfAborted();
      const failure = idle.signal.aborted ? idle.error() : modelErrorFor(error);
      if (mayHaveBegun(failure)) await options.onLostReply?.();
      throw failure;
    } finally {
      idle.stop();
    }
  }

  private async stream(
    request: ModelRequest,
    options: RespondOptions,
    watch: { readonly signal: AbortSignal; readonly idle: IdleWatch },
  ): Promise<ModelReply> {
    const params = toWireRequest(request, this.options.model, this.options.effort);
    const response = await this.client.messages.create(params, { signal: watch.signal }).asResponse();
    const accumulator = new ReplyAccumulator((delta) => options.onDelta?.(delta));
    for await (const event of Stream.rawEvents(response)) {
      watch.idle.sawLife();
      watch.signal.throwIfAborted();
      if (event.event === 'error') throw errorInStream(event.data, response.headers);
      if (event.event !== null && event.event !== 'ping') accumulator.accept(parseEvent(event.data));
    }
    watch.signal.throwIfAborted();
    return accumulator.finish();
  }
}

/** An error after HTTP 200 has no status of its own; its type decides. */
function errorInStream(data: string, headers: Headers): Error {
  const body = parseJson(data) as { error?: { type?: Anthropic.ErrorType } } | undefined;
  return new Anthropic.APIError(undefined, body ?? {}, undefined, headers, body?.error?.type ?? null);
}

function parseEvent(data: string): Anthropic.RawMessageStreamEvent {
  const event = parseJson(data);
  if (event !== undefined) return event as Anthropic.RawMessageStreamEvent;
  throw new ModelError('model', 'The provider sent an event that is no JSON.', { transient: true });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
