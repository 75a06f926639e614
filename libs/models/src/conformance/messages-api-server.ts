import type { IncomingMessage, ServerResponse } from 'node:http';
import { isModelError } from '../model-error.ts';
import type { Model } from '../model.ts';
import type { ModelReply } from '../reply.ts';
import type { Fault } from './fault.ts';
import { goneSignal, keyOf, readJson, sendJson, sendStream, startLocalServer } from './local-server.ts';
import { breakpointFault, PromptCache, tokensOf, type PromptCacheOptions } from './prompt-cache.ts';
import { conversationFault, toModelRequest, wireBodySchema, type WireBody } from './wire-body.ts';
import { messagesErrorFor, type WireError } from './wire-errors.ts';
import { toWireEvents, toWireMessage, wireStopReason, type WireReply } from './wire-events.ts';

export interface MessagesApiServerOptions {
  /** What answers; usually a scripted model. Usage it leaves at zero is counted by the server. */
  readonly model: Model;
  /** Where given, another key is refused with 401. */
  readonly apiKey?: string;
  /** Where 0 or absent, any free port. */
  readonly port?: number;
  /** What every answer tells besides, such as the account's rate. */
  readonly headers?: () => Readonly<Record<string, string>>;
  /** Splits the body into writes of so many bytes, so that characters and events break in the middle. */
  readonly chunkBytes?: number;
  readonly cache?: PromptCacheOptions;
}

export interface MessagesApiServer {
  /** What `ANTHROPIC_BASE_URL` is set to. */
  readonly url: string;
  /** The bodies received so far. */
  readonly requests: readonly WireBody[];
  /** Puts faults in line: each spoils one answer. */
  fail(...faults: readonly Fault[]): void;
  /** How many connections were made to it so far. */
  connections(): number;
  close(): Promise<void>;
}

/** A local server that speaks the Messages API, streamed or not, and answers by a model behind it. Listens on loopback only. */
export async function startMessagesApiServer(options: MessagesApiServerOptions): Promise<MessagesApiServer> {
  const api = new MessagesApi(options);
  const server = await startLocalServer((request, response) => api.handle(request, response), options.port);
  return {
    url: server.url,
    requests: api.requests,
    fail: (...faults) => {
      api.faults.push(...faults);
    },
    connections: () => server.connections(),
    close: () => server.close(),
  };
}

class MessagesApi {
  readonly requests: WireBody[] = [];
  readonly faults: Fault[] = [];
  private readonly cache: PromptCache;

  constructor(private readonly options: MessagesApiServerOptions) {
    this.cache = new PromptCache(options.cache);
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(this.options.headers?.() ?? {}))
      response.setHeader(name, value);
    if (request.method !== 'POST' || !request.url?.startsWith('/v1/messages')) {
      sendError(response, { status: 404, type: 'not_found_error', message: 'Not found' });
      return;
    }
    if (this.options.apiKey !== undefined && keyOf(request) !== this.options.apiKey) {
      sendError(response, { status: 401, type: 'authentication_error', message: 'invalid API key' });
      return;
    }
    const parsed = wireBodySchema.safeParse(await readJson(request));
    const wrong = parsed.success ? faultOf(parsed.data) : parsed.error.message;
    if (!parsed.success || wrong !== undefined) {
      sendError(response, { status: 400, type: 'invalid_request_error', message: wrong ?? '' });
      return;
    }
    this.requests.push(parsed.data);
    await this.answer(parsed.data, response);
  }

  private async answer(body: WireBody, response: ServerResponse): Promise<void> {
    const fault = this.faults.shift();
    if (fault?.kind === 'status') {
      sendError(response, fault);
      return;
    }
    const gone = goneSignal(response);
    try {
      const reply = await this.options.model.respond(toModelRequest(body), { signal: gone });
      this.send(body, { reply: this.counted(body, reply), fault }, response);
    } catch (error) {
      if (gone.aborted) return;
      if (!isModelError(error)) throw error;
      sendError(response, messagesErrorFor(error));
    }
  }

  private counted(body: WireBody, reply: ModelReply): ModelReply {
    const counted = { ...this.cache.account(body), output: tokensOf(JSON.stringify(reply.content)) };
    return reply.usage.input === 0 && reply.usage.output === 0 ? { ...reply, usage: counted } : reply;
  }

  private send(
    body: WireBody,
    answer: { reply: ModelReply; fault: Fault | undefined },
    response: ServerResponse,
  ): void {
    const { reply, fault } = answer;
    const wire: WireReply = {
      id: `msg_${this.requests.length}`,
      model: body.model,
      reply,
      stopReason: fault?.kind === 'stop' ? fault.reason : wireStopReason(reply),
      truncateLastInput: fault?.kind === 'stop' && fault.truncateLastInput === true,
    };
    if (!body.stream) {
      sendJson(response, 200, toWireMessage(wire));
      return;
    }
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache',
      'request-id': wire.id,
    });
    sendStream(response, Buffer.from(streamText(wire, fault)), {
      fault,
      chunkBytes: this.options.chunkBytes,
    });
  }
}

function faultOf(body: WireBody): string | undefined {
  return conversationFault(body) ?? breakpointFault(body);
}

function streamText(wire: WireReply, fault: Fault | undefined): string {
  const events = [...toWireEvents(wire)];
  if (fault?.kind === 'error_in_stream') {
    const error = { type: 'error', error: { type: fault.type, message: fault.message } };
    events.splice(Math.ceil(events.length / 2), events.length, error);
  }
  return events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('');
}

function sendError(response: ServerResponse, error: WireError): void {
  if (error.retryAfterSeconds !== undefined)
    response.setHeader('retry-after', String(error.retryAfterSeconds));
  const details = error.errorCode === undefined ? {} : { details: { error_code: error.errorCode } };
  sendJson(response, error.status, {
    type: 'error',
    error: { type: error.type, message: error.message, ...details },
    request_id: 'req_local',
  });
}
