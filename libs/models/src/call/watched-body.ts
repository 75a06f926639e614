import type { CallWatch } from './watched-call.ts';

/** How long the end of a body is waited for once the reply is complete. */
const LAST_WORDS_MS = 250;

/**
 * The response with its bytes counted as they arrive, so that comments and pings are signs of life too. A reader that
 * leaves once it has its reply leaves the connection usable: a body that is cancelled costs the next call a new one.
 */
export function watchedBody(response: Response, watch: CallWatch): Response {
  const { status, headers, body } = response;
  if (!body) return new Response(null, { status, headers });
  const reader: ReadableStreamDefaultReader<Uint8Array> = body.getReader();
  const watched = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const { done, value } = await reader.read();
      if (done) {
        controller.close();
        return;
      }
      watch.sawBytes(value.byteLength);
      controller.enqueue(value);
    },
    cancel: () => readOut(reader),
  });
  return new Response(watched, { status, headers });
}

async function readOut(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  const cancel = (): void => {
    reader.cancel().catch(() => undefined);
  };
  const limit = setTimeout(cancel, LAST_WORDS_MS);
  try {
    while (!(await reader.read()).done);
  } catch {
    // The reply is complete, or its own failure is already on its way; how the rest of the body ends tells nothing.
  } finally {
    clearTimeout(limit);
  }
}
