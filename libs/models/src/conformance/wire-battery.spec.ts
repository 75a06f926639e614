import fc from 'fast-check';
import type { ModelReply } from '../reply.ts';
import type { ModelRequest } from '../request.ts';
import { withRunHeader } from '../run-header.ts';
import { scriptSchema } from '../scripted/index.ts';
import type { Fault } from './fault.ts';
import { KEY, wireProviders, type ModelUnderTest, type UnderTestOptions } from './models-under-test.ts';

const script = scriptSchema.parse({
  version: 1,
  runs: [
    {
      match: {},
      turns: [
        {
          text: 'Let me look – 漢字 👩‍👩‍👧.',
          calls: [
            { tool: 'read', input: { file_path: 'a-rather-long-name.md' } },
            { tool: 'write', input: { file_path: 'b.md', content: 'naïve "text"\n🧪' } },
          ],
          usage: { input: 120, output: 30 },
        },
      ],
    },
  ],
});

/** Small, since it is cut at every byte. */
const shortCall = { type: 'tool_use', id: 'call_1_1', name: 'read', input: { file_path: 'ü.md' } };
const shortScript = scriptSchema.parse({
  version: 1,
  runs: [{ match: {}, turns: [{ calls: [{ tool: shortCall.name, input: shortCall.input }] }] }],
});

/** One failure, as each API says it. */
type Failures = Readonly<Record<string, Fault>>;

const status = (
  code: number,
  type: string,
  more: Partial<Extract<Fault, { kind: 'status' }>> = {},
): Fault => ({
  kind: 'status',
  status: code,
  type,
  message: 'no',
  ...more,
});
const both = (fault: Fault): Failures => ({ anthropic: fault, 'openai-compatible': fault });
const inStream = (type: string, errorCode?: string | number): Fault => ({
  kind: 'error_in_stream',
  type,
  message: 'no',
  ...(errorCode === undefined ? {} : { errorCode }),
});

const passing: readonly (readonly [string, Failures])[] = [
  ['a rate limit', both(status(429, 'rate_limit_error'))],
  ['an overload', both(status(529, 'overloaded_error'))],
  ['a fault of the server', both(status(500, 'api_error'))],
  ['a page of a proxy', both(status(503, 'strange_error', { message: '<html>'.repeat(1000) }))],
  ['a time-out', both(status(408, 'timeout_error'))],
  ['an overload inside the stream', both(inStream('overloaded_error'))],
  ['a fault inside the stream', { anthropic: inStream('api_error'), 'openai-compatible': inStream('', 502) }],
  ['a stream cut before anything', both({ kind: 'cut', afterBytes: 0 })],
  ['a stream cut in the middle of a call', both({ kind: 'cut', afterBytes: 1200 })],
  ['silence before anything', both({ kind: 'silence', afterBytes: 0 })],
  ['silence in the middle of a reply', both({ kind: 'silence', afterBytes: 700 })],
];

const final: readonly (readonly [string, string, Failures])[] = [
  ['a wrong key', 'auth', both(status(401, 'authentication_error', { message: `not ${KEY}` }))],
  ['a missing permission', 'auth', both(status(403, 'permission_error'))],
  ['an unpaid bill', 'budget', both(status(402, 'billing_error'))],
  [
    'a spend limit',
    'budget',
    {
      anthropic: status(429, 'rate_limit_error', { errorCode: 'enforced_spend_limit_reached' }),
      'openai-compatible': status(429, 'insufficient_quota', { errorCode: 'insufficient_quota' }),
    },
  ],
  [
    'an empty account',
    'budget',
    both(status(400, 'invalid_request_error', { message: 'Your credit balance is too low' })),
  ],
  [
    'a prompt that is too long',
    'context_overflow',
    {
      anthropic: status(400, 'invalid_request_error', { message: 'prompt is too long: 9 > 5' }),
      'openai-compatible': status(400, 'BadRequestError', {
        message: "This model's maximum context length is 5 tokens. However, you requested 9 tokens.",
      }),
    },
  ],
  [
    'a prompt that is too long, in the words of llama.cpp',
    'context_overflow',
    {
      anthropic: status(413, 'request_too_large'),
      'openai-compatible': status(400, 'exceed_context_size_error'),
    },
  ],
  ['an unknown model', 'model', both(status(404, 'not_found_error'))],
  ['a wrong request', 'model', both(status(400, 'invalid_request_error'))],
  ['a wrong request, said inside the stream', 'model', both(inStream('invalid_request_error'))],
  ['an unknown reason to stop', 'model', both({ kind: 'stop', reason: 'bored' })],
];

describe.each(Object.keys(wireProviders))('the wire of the provider %s', (name) => {
  let opened: ModelUnderTest | undefined;
  let waits: number[];
  beforeEach(() => {
    waits = [];
  });
  afterEach(() => opened?.close());

  const open = async (options: UnderTestOptions = {}, played = script): Promise<ModelUnderTest> => {
    const wait = (ms: number): Promise<void> => {
      waits.push(ms);
      return Promise.resolve();
    };
    const retry = { attempts: 3, firstDelayMs: 100, random: () => 0.5, wait, ...options.retry };
    opened = await (wireProviders[name] ?? fail)(played, { idleMs: 150, ...options, retry });
    return opened;
  };
  const of = (failures: Failures): Fault => failures[name] ?? fail(`no fault for ${name}`);

  it.each(passing)('is tried again after %s', async (_what, failures) => {
    const { model, fail: spoil, requests } = await open();
    spoil(of(failures));
    expectWhole(await model.respond(ask()));
    expect(requests()).toHaveLength(2);
    expect(waits).toEqual([75]);
  });

  it.each(final)('is given up at once after %s', async (_what, code, failures) => {
    const { model, fail: spoil, requests } = await open();
    spoil(of(failures));
    const error: unknown = await model.respond(ask()).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ kind: 'model', code, transient: false });
    expect(JSON.stringify([(error as Error).message, causesOf(error)])).not.toContain(KEY);
    expect(requests()).toHaveLength(1);
  });

  it('waits as long as it is asked to, longer each time, and not for ever', async () => {
    const { model, fail: spoil, requests } = await open();
    spoil(status(429, 'rate_limit_error'), status(429, 'rate_limit_error', { retryAfterSeconds: 7 }));
    await model.respond(ask());
    expect(waits).toEqual([75, 7150]);
    spoil(status(429, 'rate_limit_error', { retryAfterSeconds: 4000 }));
    await expect(model.respond(ask())).rejects.toMatchObject({ code: 'rate_limit', retryAfterMs: 4_000_000 });
    expect(requests()).toHaveLength(4);
  });

  it('is given up after a bounded number of attempts', async () => {
    const { model, fail: spoil, requests } = await open();
    spoil(...Array.from({ length: 5 }, () => status(529, 'overloaded_error')));
    await expect(model.respond(ask())).rejects.toMatchObject({ code: 'rate_limit', status: 529 });
    expect(requests()).toHaveLength(3);
  });

  it('gives the whole reply or none, wherever its stream is cut', async () => {
    const whole = await lengthOfStream();
    const { model, fail: spoil } = await open({ retry: { attempts: 1 } }, shortScript);
    let broken = 0;
    for (let afterBytes = 0; afterBytes <= whole; afterBytes += 1) {
      spoil({ kind: 'cut', afterBytes });
      const outcome = await model.respond(ask()).catch((error: unknown) => error);
      if (outcome instanceof Error) expect(outcome).toMatchObject({ code: 'model', transient: true });
      else expect(outcome).toMatchObject({ content: [shortCall], stopReason: 'tool_use' });
      if (outcome instanceof Error) broken += 1;
    }
    expect(broken).toBeGreaterThan(whole / 2);
    expect(broken).toBeLessThan(whole);
  }, 120_000);

  it('is read the same in whatever pieces it arrives', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 200 }), async (chunkBytes) => {
        const { model, close } = await open({ chunkBytes });
        expectWhole(await model.respond(ask()));
        await close();
        opened = undefined;
      }),
      { numRuns: 12 },
    );
  });

  it('says of an attempt whose reply may have begun that it may cost', async () => {
    const { model, fail: spoil } = await open();
    let lost = 0;
    const onLostReply = (): Promise<void> => {
      lost += 1;
      return Promise.resolve();
    };
    spoil({ kind: 'cut', afterBytes: 900 }, status(529, 'overloaded_error'));
    await model.respond(ask(), { onLostReply });
    expect(lost).toBe(1);
  });

  it('never takes a call that a limit cut for a whole one', async () => {
    const { model, fail: spoil } = await open();
    for (const truncateLastInput of [true, false]) {
      spoil({ kind: 'stop', reason: cutReason(name), truncateLastInput });
      const { content, stopReason } = await model.respond(ask());
      expect(stopReason).toBe('max_tokens');
      expect(content.at(-1)).toMatchObject({ name: 'write', input: {} });
      expect(content.at(-1)).toHaveProperty('malformed');
      expect(content.at(-2)).not.toHaveProperty('malformed');
    }
  });

  it('does not need a new connection for every call', async () => {
    const { model, connections } = await open();
    for (let calls = 0; calls < 8; calls += 1) await model.respond(ask());
    // The client opens a second one beside the first, and then keeps to them.
    expect(connections()).toBeLessThan(3);
  });

  it('is transient when nobody answers at all', async () => {
    const { model, close } = await open({ retry: { attempts: 1 } });
    await close();
    await expect(model.respond(ask())).rejects.toMatchObject({ code: 'model', transient: true });
    opened = undefined;
  });

  it('never repeats the key when it is the wrong one', async () => {
    const { model } = await open({ apiKey: 'another-key-of-the-battery' });
    const failure = model.respond(ask());
    await expect(failure).rejects.toMatchObject({ code: 'auth' });
    await expect(failure).rejects.not.toMatchObject({
      message: expect.stringContaining('another-key') as unknown,
    });
  });

  async function lengthOfStream(): Promise<number> {
    const { model, fail: spoil, close } = await open({ retry: { attempts: 1 } }, shortScript);
    let bytes = 256;
    for (let whole = false; !whole; bytes += 256) {
      spoil({ kind: 'cut', afterBytes: bytes });
      whole = await model.respond(ask()).then(
        () => true,
        () => false,
      );
      if (bytes > 100_000) throw new Error('The stream has no end.');
    }
    await close();
    return bytes;
  }
});

function expectWhole({ content, stopReason, usage }: ModelReply): void {
  expect(stopReason).toBe('tool_use');
  expect(content).toEqual([
    { type: 'text', text: 'Let me look – 漢字 👩‍👩‍👧.' },
    { type: 'tool_use', id: 'call_1_1', name: 'read', input: { file_path: 'a-rather-long-name.md' } },
    {
      type: 'tool_use',
      id: 'call_1_2',
      name: 'write',
      input: { file_path: 'b.md', content: 'naïve "text"\n🧪' },
    },
  ]);
  expect(usage.output).toBeGreaterThan(0);
}

function cutReason(name: string): string {
  return name === 'anthropic' ? 'max_tokens' : 'length';
}

function causesOf(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [];
  return [error.message, error.stack ?? '', ...causesOf(error.cause)];
}

function ask(): ModelRequest {
  return {
    system: 'You build.',
    messages: [{ role: 'user', content: [{ type: 'text', text: withRunHeader({ role: 'worker' }, 'Go.') }] }],
    tools: [{ name: 'read', description: 'Reads.', inputSchema: { type: 'object', properties: {} } }],
    maxTokens: 500,
  };
}
