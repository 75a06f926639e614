import { Anthropic } from '@anthropic-ai/sdk';
import { Stream } from '@anthropic-ai/sdk/streaming';
import { watchedBody } from '../call/watched-body.ts';
import { callRules, watchedCall, type CallRules, type CallWatch } from '../call/watched-call.ts';
import { ModelError } from '../model-error.ts';
import type { Model, RespondOptions } from '../model.ts';
import type { CallGate } from '../rate/call-gate.ts';
import type { ModelReply } from '../reply.ts';
import type { ModelRequest } from '../request.ts';
import type { RetryPolicy } from '../retry.ts';
import { modelErrorFor } from './model-error-for.ts';
import { ReplyAccumulator } from './reply-accumulator.ts';
import { toWireRequest, type AnthropicTraits } from './wire-request.ts';

export interface AnthropicModelOptions extends AnthropicTraits {
  readonly id: string;
  readonly apiKey: string;
  readonly baseUrl?: string | undefined;
  readonly contextTokens?: number | undefined;
  readonly retry?: Partial<RetryPolicy> | undefined;
  readonly idleMs?: number | undefined;
  /** Where its calls wait for their turn. */
  readonly gate?: CallGate | undefined;
}

/** A model behind the Messages API, streamed. Transient failures are retried here, also those inside a stream; deltas then repeat. */
export class AnthropicModel implements Model {
  readonly id: string;
  readonly contextTokens: number | undefined;
  private readonly client: Anthropic;
  private readonly rules: CallRules;

  constructor(private readonly options: AnthropicModelOptions) {
    this.id = options.id;
    this.contextTokens = options.contextTokens;
    this.rules = callRules(options, modelErrorFor);
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
    return watchedCall({ ...options, request }, this.rules, (watch) => this.stream(request, options, watch));
  }

  private async stream(
    request: ModelRequest,
    options: RespondOptions,
    watch: CallWatch,
  ): Promise<ModelReply> {
    const params = toWireRequest(request, this.options);
    const response = await this.client.messages.create(params, { signal: watch.signal }).asResponse();
    watch.heard(response.headers);
    const accumulator = new ReplyAccumulator((delta) => options.onDelta?.(delta));
    for await (const event of Stream.rawEvents(watchedBody(response, watch))) {
      watch.signal.throwIfAborted();
      if (event.event === 'error') throw errorInStream(event.data, response.headers);
      if (event.event !== null && event.event !== 'ping') accumulator.accept(parseEvent(event.data));
      // A connection that breaks after the message must not cost the message.
      if (event.event === 'message_stop') break;
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
