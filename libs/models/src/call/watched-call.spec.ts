import { ModelError } from '../model-error.ts';
import { longestWaitMs, type CallGate, type CallPass } from '../rate/call-gate.ts';
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

  it('waits no longer than an hour for its turn, all its attempts together', async () => {
    const before: (number | undefined)[] = [];
    const pass: CallPass = {
      waitedMs: longestWaitMs / 3,
      heard: () => undefined,
      settle: () => undefined,
      fail: () => undefined,
    };
    const gate: CallGate = {
      enter: (_, options) => {
        before.push(options?.waitedMs);
        return Promise.resolve(pass);
      },
    };
    const retry = { ...defaultRetryPolicy, firstDelayMs: 0, wait: () => Promise.resolve() };
    const retryAfterMs = longestWaitMs / 4;
    const call = watchedCall({ request }, { ...rules, retry, gate }, () =>
      Promise.reject(new ModelError('rate_limit', 'no', { transient: true, retryAfterMs })),
    );
    await expect(call).rejects.toMatchObject({ code: 'rate_limit', transient: false });
    expect(before).toEqual([0, longestWaitMs / 3 + retryAfterMs]);
  });
});
