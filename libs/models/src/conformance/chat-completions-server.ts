import type { IncomingMessage, ServerResponse } from 'node:http';
import { isModelError } from '../model-error.ts';
import type { Model } from '../model.ts';
import type { ModelReply } from '../reply.ts';
import { chatBodySchema, chatFault, chatToModelRequest, type ChatBody } from './chat-body.ts';
import { toChatChunks, type ChatReply } from './chat-chunks.ts';
import { chatDialects, type ChatDialect } from './chat-dialect.ts';
import type { Fault } from './fault.ts';
import { goneSignal, keyOf, readJson, sendJson, sendStream, startLocalServer } from './local-server.ts';
import { tokensOf } from './prompt-cache.ts';
import { chatErrorFor, type WireError } from './wire-errors.ts';

export interface ChatCompletionsServerOptions {
  /** What answers; usually a scripted model. Usage it leaves at zero is counted by the server. */
  readonly model: Model;
  /** Where given, another key is refused with 401; where absent, any key is, as on one's own machine nobody sends one. */
  readonly apiKey?: string;
  readonly port?: number;
  /** What every answer tells besides, such as the account's rate. */
  readonly headers?: () => Readonly<Record<string, string>>;
  /** Splits the body into writes of so many bytes. */
  readonly chunkBytes?: number;
  readonly dialect?: ChatDialect;
}

export interface ChatCompletionsServer {
  /** What `baseUrl` is set to, with the version. */
  readonly url: string;
  /** The bodies received so far. */
  readonly requests: readonly ChatBody[];
  /** Puts faults in line: each spoils one answer. */
  fail(...faults: readonly Fault[]): void;
  /** How many connections were made to it so far. */
  connections(): number;
  close(): Promise<void>;
}

/** A local server that speaks Chat Completions, streamed, and answers by a model behind it. Listens on loopback only. */
export async function startChatCompletionsServer(
  options: ChatCompletionsServerOptions,
): Promise<ChatCompletionsServer> {
  const api = new ChatCompletionsApi(options);
  const server = await startLocalServer((request, response) => api.handle(request, response), options.port);
  return {
    url: `${server.url}/v1`,
    requests: api.requests,
    fail: (...faults) => {
      api.faults.push(...faults);
    },
    connections: () => server.connections(),
    close: () => server.close(),
  };
}

class ChatCompletionsApi {
  readonly requests: ChatBody[] = [];
  readonly faults: Fault[] = [];
  private readonly dialect: ChatDialect;

  constructor(private readonly options: ChatCompletionsServerOptions) {
    this.dialect = options.dialect ?? chatDialects.openai;
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(this.options.headers?.() ?? {}))
      response.setHeader(name, value);
    if (request.method !== 'POST' || request.url !== '/v1/chat/completions') {
      sendError(response, { status: 404, type: 'invalid_request_error', message: 'Unknown request URL' });
      return;
    }
    if (keyOf(request) !== this.options.apiKey) {
      const message = `Incorrect API key provided: ${keyOf(request) ?? '(none)'}.`;
      sendError(response, {
        status: 401,
        type: 'invalid_request_error',
        message,
        errorCode: 'invalid_api_key',
      });
      return;
    }
    const parsed = chatBodySchema.safeParse(await readJson(request));
    const wrong = parsed.success ? this.fault(parsed.data) : parsed.error.message;
    if (!parsed.success || wrong !== undefined) {
      sendError(response, { status: 400, type: 'invalid_request_error', message: wrong ?? '' });
      return;
    }
    this.requests.push(parsed.data);
    await this.answer(parsed.data, response);
  }

  private fault(body: ChatBody): string | undefined {
    const only = this.dialect.maxTokensField;
    if (only === 'max_completion_tokens' && body.max_tokens !== undefined)
      return "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.";
    if (only === 'max_tokens' && body.max_completion_tokens !== undefined)
      return "Unsupported parameter: 'max_completion_tokens'.";
    return body.stream ? chatFault(body) : 'This server only streams.';
  }

  private async answer(body: ChatBody, response: ServerResponse): Promise<void> {
    const fault = this.faults.shift();
    if (fault?.kind === 'status') {
      sendError(response, fault);
      return;
    }
    const gone = goneSignal(response);
    try {
      const reply = await this.options.model.respond(chatToModelRequest(body), { signal: gone });
      this.send(body, { reply: counted(body, reply), fault }, response);
    } catch (error) {
      if (gone.aborted) return;
      if (!isModelError(error)) throw error;
      sendError(response, chatErrorFor(error));
    }
  }

  private send(
    body: ChatBody,
    { reply, fault }: { readonly reply: ModelReply; readonly fault: Fault | undefined },
    response: ServerResponse,
  ): void {
    const chat: ChatReply = {
      id: `chatcmpl-${this.requests.length}`,
      model: body.model,
      reply,
      finishReason: fault?.kind === 'stop' ? fault.reason : undefined,
      truncateLastInput: fault?.kind === 'stop' && fault.truncateLastInput === true,
      dialect: this.dialect,
      wantsUsage: body.stream_options?.include_usage === true,
    };
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'x-request-id': chat.id });
    sendStream(response, Buffer.from(streamText(chat, fault)), {
      fault,
      chunkBytes: this.options.chunkBytes,
    });
  }
}

function streamText(chat: ChatReply, fault: Fault | undefined): string {
  const lines = [...toChatChunks(chat)].map((chunk) => JSON.stringify(chunk));
  if (fault?.kind === 'error_in_stream') {
    const { type, message } = fault;
    const error = { error: { message, type, param: null, code: fault.errorCode ?? null } };
    lines.splice(Math.ceil(lines.length / 2), lines.length, JSON.stringify(error));
  } else {
    lines.push('[DONE]');
  }
  const comment = chat.dialect.comment === undefined ? '' : `${chat.dialect.comment}\n\n`;
  return comment + lines.map((line) => `data: ${line}\n\n`).join('');
}

function counted(body: ChatBody, reply: ModelReply): ModelReply {
  if (reply.usage.input !== 0 || reply.usage.output !== 0) return reply;
  const input = tokensOf(JSON.stringify([body.tools, body.messages]));
  return { ...reply, usage: { ...reply.usage, input, output: tokensOf(JSON.stringify(reply.content)) } };
}

function sendError(response: ServerResponse, error: WireError): void {
  if (error.retryAfterSeconds !== undefined)
    response.setHeader('retry-after', String(error.retryAfterSeconds));
  const { message, type, errorCode } = error;
  sendJson(response, error.status, { error: { message, type, param: null, code: errorCode ?? null } });
}
