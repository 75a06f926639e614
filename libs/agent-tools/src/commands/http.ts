import type { Tool, ToolContext, ToolResult } from '@missions/agent';
import { isRefusal } from '@missions/kernel';
import type { HttpResult, SandboxSession } from '@missions/workspace';
import { z } from 'zod';
import { citing, keepEvidence, type Capture } from '../evidence.ts';
import { headAndTail } from '../output-limits.ts';
import { orFailRun } from '../sandbox-faults.ts';

const requestTimeoutMs = 30_000;

const input = z.strictObject({
  method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']),
  url: z.url({ protocol: /^https?$/ }).max(8_000),
  headers: z.record(z.string().max(200), z.string().max(8_000)).optional(),
  body: z.string().max(1_000_000).optional(),
});

type HttpInput = z.infer<typeof input>;

export interface HttpParts extends Capture {
  readonly session: Pick<SandboxSession, 'http'>;
}

/** Sends one request to the product, from outside its processes; in order with other calls, since it may change state. */
export function httpTool(parts: HttpParts): Tool<HttpInput> {
  return {
    name: 'http',
    description:
      'Sends one HTTP request in the session’s own loopback network, where the product’s services listen. Redirects are not followed.',
    input,
    effect: 'write',
    execute: (wanted, context) => exchange(parts, wanted, context),
  };
}

async function exchange(parts: HttpParts, wanted: HttpInput, context: ToolContext): Promise<ToolResult> {
  const answer = await send(parts, wanted, context);
  context.signal.throwIfAborted();
  const artifact = await keepEvidence(
    parts,
    JSON.stringify({ request: wanted, ...answer }, undefined, 2),
    'application/json',
  );
  const cite = citing(context.callId, artifact);
  const captured = {
    kind: 'http',
    command: `${wanted.method} ${wanted.url}`.slice(0, 4_000),
    ...(artifact !== undefined && { artifact }),
  };
  if ('noAnswer' in answer) return { content: `${answer.noAnswer}${cite}`, captured };
  const { status, headers, body, durationMs } = answer.response;
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const shown = parts.redactor.redact([`${status} (${durationMs} ms)`, ...lines, '', body].join('\n'));
  return { content: headAndTail(shown) + cite, captured: { ...captured, status, durationMs } };
}

interface ShownResponse extends Pick<HttpResult, 'status' | 'headers' | 'truncated' | 'durationMs'> {
  readonly body: string;
}

async function send(
  { session }: HttpParts,
  { method, url, headers, body }: HttpInput,
  { signal }: ToolContext,
): Promise<{ readonly response: ShownResponse } | { readonly noAnswer: string }> {
  try {
    const response = await orFailRun(
      session.http({
        method,
        url,
        timeoutMs: requestTimeoutMs,
        signal,
        ...(headers && { headers }),
        ...(body !== undefined && { body }),
      }),
    );
    return { response: { ...response, body: bodyText(response.body) } };
  } catch (error) {
    // That nothing answers is an observation, and worth as much as an answer.
    if (isRefusal(error) && error.code === 'HTTP_NO_ANSWER') return { noAnswer: error.message };
    throw error;
  }
}

function bodyText(body: Uint8Array): string {
  const bytes = Buffer.from(body);
  return bytes.includes(0) ? `(${bytes.length} bytes of binary data)` : bytes.toString('utf8');
}
