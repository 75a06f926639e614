import { OpenAI } from 'openai';
import { Stream } from 'openai/streaming';
import { watchedBody } from '../call/watched-body.ts';
import { callRules, watchedCall, type CallRules, type CallWatch } from '../call/watched-call.ts';
import type { Model, RespondOptions } from '../model.ts';
import type { CallGate } from '../rate/call-gate.ts';
import type { ModelReply } from '../reply.ts';
import type { ModelRequest } from '../request.ts';
import type { RetryPolicy } from '../retry.ts';
import { ChunkAccumulator } from './chunk-accumulator.ts';
import { modelErrorFor } from './model-error-for.ts';
import type { WireChunk } from './wire-chunk.ts';
import { toChatRequest, type ChatTraits } from './wire-request.ts';

export interface OpenAiCompatibleModelOptions extends ChatTraits {
  readonly id: string;
  /** Where absent, none is sent. */
  readonly apiKey?: string | undefined;
  readonly contextTokens?: number | undefined;
  readonly retry?: Partial<RetryPolicy> | undefined;
  readonly idleMs?: number | undefined;
  /** Where its calls wait for their turn. */
  readonly gate?: CallGate | undefined;
}

/** A model behind Chat Completions, streamed. Transient failures are retried here, also those inside a stream; deltas then repeat. */
export class OpenAiCompatibleModel implements Model {
  readonly id: string;
  readonly contextTokens: number | undefined;
  private readonly client: OpenAI;
  private readonly rules: CallRules;

  constructor(private readonly options: OpenAiCompatibleModelOptions) {
    this.id = options.id;
    this.contextTokens = options.contextTokens;
    this.rules = callRules(options, modelErrorFor);
    this.client = clientOf(options);
  }

  respond(request: ModelRequest, options: RespondOptions = {}): Promise<ModelReply> {
    return watchedCall({ ...options, request }, this.rules, (watch) => this.stream(request, options, watch));
  }

  private async stream(
    request: ModelRequest,
    options: RespondOptions,
    watch: CallWatch,
  ): Promise<ModelReply> {
    const params = toChatRequest(request, this.options);
    const response = await this.client.chat.completions.create(params, { signal: watch.signal }).asResponse();
    watch.heard(response.headers);
    const accumulator = new ChunkAccumulator((delta) => options.onDelta?.(delta));
    const controller = new AbortController();
    const chunks = Stream.fromSSEResponse<WireChunk>(watchedBody(response, watch), controller, this.client);
    for await (const chunk of chunks) {
      watch.signal.throwIfAborted();
      accumulator.accept(chunk);
    }
    // The SDK ends an aborted stream without an error.
    watch.signal.throwIfAborted();
    return accumulator.finish(request, this.contextTokens);
  }
}

/** No key, organization or project is taken from `OPENAI_*` variables: what the configuration does not name is not sent. */
function clientOf({ apiKey, provider }: OpenAiCompatibleModelOptions): OpenAI {
  return new OpenAI({
    apiKey: apiKey ?? 'none',
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    baseURL: provider.baseUrl,
    maxRetries: 0,
    logLevel: 'off',
    ...(apiKey === undefined ? { defaultHeaders: { authorization: null } } : {}),
  });
}
