import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { pipeline } from 'node:stream';
import type { EgressProxyOptions } from '../sandbox-egress.ts';
import type { ModelCall, ModelCallRequest } from '../sandbox-model-endpoints.ts';
import {
  endpointNamed,
  forwardedRequestHeaders,
  isModelApi,
  upstreamUrl,
  type ModelTarget,
} from './model-api.ts';
import { callBody, describedCall, readBody } from './model-call-body.ts';
import { UsageMeter } from './model-usage.ts';
import { SecretCut, secretsIn } from './secret-cut.ts';

/** A model that thinks before its first byte, or between two, is not dead. */
const silenceLimitMs = 900_000;
const answerHeaders =
  /^(content-type|retry-after|request-id|x-request-id|anthropic-[\w-]+|x-ratelimit-[\w-]+|x-should-retry|openai-[\w-]+)$/;

/**
 * Calls of model providers from inside: the key is added here, where the sandbox cannot look. An answer passes as it
 * comes; a redirect ends here, since it would carry the key to a place that no admin named.
 */
export class ModelGate {
  constructor(private readonly options: EgressProxyOptions) {}

  async forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = request.method ?? 'GET';
    const found = endpointNamed(request.url ?? '', this.options.endpoints ?? []);
    if (!found) {
      this.options.onRequest({ ...unlisted, method });
      refuse(response, 404, 'No model provider is served by this name.');
      return;
    }
    const target: ModelTarget = { ...found, method };
    if (!isModelApi(found.endpoint.protocol, method, found.path)) {
      this.report(target, 'not_model_api');
      refuse(response, 403, `${method} ${found.path} is not part of the model API that is let out.`);
      return;
    }
    const body = await readBody(request);
    if (body === undefined) refuse(response, 413, 'The request is larger than any model takes.');
    else await this.call({ request, response, target, body });
  }

  private async call({ request, response, target, body }: Incoming): Promise<void> {
    const call = describedCall(target, body);
    const refused = await this.options.admitModelCall?.(call);
    if (refused !== undefined) {
      this.report(target, 'call_refused');
      refuse(response, 403, refused);
      return;
    }
    this.report(target, 'model_endpoint');
    await carry({ request, response, target, body: callBody(target, body) }, this.watched(call));
  }

  /** Tells of the call once, however it ends. */
  private watched(call: ModelCallRequest): (end: CallEnd) => void {
    const startedAt = performance.now();
    let told = false;
    return (end) => {
      if (told) return;
      told = true;
      this.options.onModelCall?.({ ...call, ...end, durationMs: Math.round(performance.now() - startedAt) });
    };
  }

  private report(target: ModelTarget, reason: 'model_endpoint' | 'not_model_api' | 'call_refused'): void {
    const { hostname, port, protocol } = upstreamUrl(target);
    this.options.onRequest({
      allowed: reason === 'model_endpoint',
      method: target.method,
      host: hostname,
      port: Number(port || (protocol === 'https:' ? 443 : 80)),
      address: undefined,
      reason,
    });
  }
}

const unlisted = { allowed: false, host: '', port: 0, address: undefined, reason: 'not_listed' } as const;

interface Incoming {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly target: ModelTarget;
  readonly body: Buffer;
}

type CallEnd = Pick<ModelCall, 'status' | 'usage' | 'complete'>;

const noAnswer: CallEnd = { status: undefined, usage: undefined, complete: false };

function carry({ request, response, target, body }: Incoming, over: (end: CallEnd) => void): Promise<void> {
  const url = upstreamUrl(target);
  const headers = {
    ...forwardedRequestHeaders(request.headers),
    'accept-encoding': 'identity', // Tokens are counted, and an echoed key is cut out, in the bytes that pass.
    ...(body.length > 0 && { 'content-length': String(body.length) }),
    ...target.endpoint.headers,
  };
  return new Promise((done) => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const upstream = send(url, { method: target.method, headers, agent: false });
    const end = (told: CallEnd): void => {
      over(told);
      done();
    };
    upstream.setTimeout(silenceLimitMs, () => upstream.destroy());
    upstream.on('error', () => {
      if (response.headersSent) response.destroy();
      else refuse(response, 502, 'The model provider did not answer.');
      end(noAnswer);
    });
    let answered = false;
    upstream.once('close', () => {
      if (!answered) end(noAnswer);
    });
    upstream.on('response', (answer) => {
      answered = true;
      passAnswer(answer, response, target, end);
    });
    response.once('close', () => upstream.destroy());
    upstream.end(body);
  });
}

function passAnswer(
  answer: IncomingMessage,
  response: ServerResponse,
  { endpoint }: ModelTarget,
  end: (told: CallEnd) => void,
): void {
  const status = answer.statusCode ?? 502;
  if (status >= 300 && status < 400) {
    answer.destroy();
    refuse(response, 502, 'The model provider answered with a redirect, which is not followed.');
    end({ status, usage: undefined, complete: false });
    return;
  }
  const secrets = secretsIn(endpoint.headers);
  const meter = new UsageMeter(/^text\/event-stream/i.test(answer.headers['content-type'] ?? ''));
  answer.on('data', (chunk: Buffer) => {
    meter.push(chunk);
  });
  response.writeHead(status, keptHeaders(answer, secrets));
  response.flushHeaders();
  pipeline(answer, new SecretCut(secrets), response, (error) => {
    end({ status, usage: meter.end(), complete: !error });
  });
}

function keptHeaders(answer: IncomingMessage, secrets: readonly Buffer[]): Record<string, string> {
  const kept = Object.entries(answer.headers).filter(
    (entry): entry is [string, string] => answerHeaders.test(entry[0]) && typeof entry[1] === 'string',
  );
  return Object.fromEntries(
    kept.filter(([, value]) => !secrets.some((secret) => value.includes(secret.toString()))),
  );
}

/** In the shape that clients of either protocol read an error from; not worth another try. */
function refuse(response: ServerResponse, status: number, message: string): void {
  const body = JSON.stringify({ type: 'error', error: { type: 'permission_error', message } });
  response.writeHead(status, { 'content-type': 'application/json', 'x-should-retry': 'false' }).end(body);
}
