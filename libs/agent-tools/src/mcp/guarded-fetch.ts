import type { FetchLike } from '@modelcontextprotocol/client';
import { ServerFault } from './server-fault.ts';

/** The longest answer of a server that is read. */
const answerBytes = 8 * 1024 * 1024;
/** A server is told that its client leaves; whether it heard does not matter. */
const partingMs = 1_000;

export interface FetchGuard {
  /** The only origin that is ever asked. */
  readonly url: URL;
  /** The longest time that one exchange may take, its whole answer included. */
  readonly timeoutMs: number;
}

/**
 * `fetch` for one configured server: it goes nowhere else, follows no redirect, and reads so much for so long. A stream that
 * the server would keep open for what it wants to say by itself is never asked for.
 */
export function guardedFetch({ url, timeoutMs }: FetchGuard): FetchLike {
  return async (target, init) => {
    if (new URL(target).origin !== url.origin)
      throw new ServerFault('refused', 'it pointed to another server');
    if ((init?.method ?? 'GET') === 'GET') return new Response(null, { status: 405 });
    const limitMs = init?.method === 'DELETE' ? partingMs : timeoutMs;
    const signals = [AbortSignal.timeout(limitMs), ...(init?.signal ? [init.signal] : [])];
    const signal = AbortSignal.any(signals);
    const response = await fetch(target, { ...init, redirect: 'manual', signal }).catch((cause: unknown) => {
      signal.throwIfAborted();
      throw new ServerFault('ended', 'it could not be reached', { cause });
    });
    if (response.status >= 300 && response.status < 400)
      throw new ServerFault('refused', 'it answered with a redirect, and none is followed');
    return withBoundedBody(response);
  };
}

function withBoundedBody(response: Response): Response {
  if (!response.body) return response;
  let bytes = 0;
  const counted = new TransformStream<Uint8Array, Uint8Array>({
    transform: (chunk, controller) => {
      bytes += chunk.length;
      if (bytes > answerBytes) controller.error(new ServerFault('malformed', 'it sent more than is read'));
      else controller.enqueue(chunk);
    },
  });
  const { status, statusText, headers } = response;
  return new Response(response.body.pipeThrough(counted), { status, statusText, headers });
}
