import { ModelError } from '../model-error.ts';
import { defaultRetryPolicy } from '../retry.ts';
import { watchedBody } from './watched-body.ts';
import { watchedCall, type CallRules } from './watched-call.ts';

const MEGABYTE = new Uint8Array(1024 * 1024);
const request = { system: '', messages: [], tools: [], maxTokens: 1 };
const rules: CallRules = {
  retry: { ...defaultRetryPolicy, attempts: 1 },
  idleMs: 10_000,
  errorFor: (error) => (error instanceof ModelError ? error : new ModelError('model', String(error))),
};

describe('a call over the network', () => {
  it('ends when the provider sends more than any reply can be', async () => {
    let sent = 0;
    const flood = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        sent += 1;
        controller.enqueue(MEGABYTE);
      },
    });
    const call = watchedCall({ request }, rules, async (watch) => {
      const body = watchedBody(new Response(flood), watch);
      await body.arrayBuffer();
      throw new Error('The flood was read to its end.');
    });
    await expect(call).rejects.toMatchObject({ code: 'model', transient: false });
    await expect(call).rejects.toThrow('The reply is larger than');
    expect(sent).toBeLessThan(80);
  });

  it('leaves nothing open that its attempt began', async () => {
    let seen: AbortSignal | undefined;
    const call = watchedCall({ request }, rules, (watch) => {
      seen = watch.signal;
      return Promise.reject(new ModelError('model', 'no'));
    });
    await expect(call).rejects.toThrow('no');
    expect(seen?.aborted).toBe(true);
  });
});
