import { ManualTime } from '../conformance/manual-time.ts';
import { wireProviders, type ModelUnderTest } from '../conformance/models-under-test.ts';
import type { ModelRequest } from '../request.ts';
import { withRunHeader } from '../run-header.ts';
import { scriptSchema } from '../scripted/index.ts';
import { AccountGate } from './account-gate.ts';
import type { ModelWait } from './call-gate.ts';
import type { ShareAsk } from './share-source.ts';

const script = scriptSchema.parse({
  version: 1,
  runs: [{ match: {}, turns: [{ text: 'Hello.', usage: { input: 120, output: 30 } }] }],
});
const request: ModelRequest = {
  system: 'You help.',
  messages: [
    { role: 'user', content: [{ type: 'text', text: withRunHeader({ role: 'worker' }, 'Hello?') }] },
  ],
  tools: [],
  maxTokens: 100,
};
const told: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  anthropic: {
    'anthropic-ratelimit-requests-limit': '60',
    'anthropic-ratelimit-requests-remaining': '40',
    'anthropic-ratelimit-input-tokens-limit': '90000',
  },
  'openai-compatible': { 'x-ratelimit-limit-requests': '60', 'x-ratelimit-limit-tokens': '90000' },
};

describe.each(Object.keys(wireProviders))('the rate of the provider %s, at the wire', (name) => {
  let time: ManualTime;
  let asks: ShareAsk[];
  let gate: AccountGate;
  let opened: ModelUnderTest;

  beforeEach(async () => {
    time = new ManualTime();
    asks = [];
    gate = new AccountGate({
      account: 'acme:1',
      provider: 'acme',
      configured: {},
      source: {
        lend: (ask) => {
          asks.push(ask);
          const limits = { requestsPerMin: 60, ...ask.observed.limits };
          return Promise.resolve({ share: limits, limits, ttlMs: 10_000, pausedMs: 0, alone: true });
        },
        giveBack: () => Promise.resolve(),
      },
      nowMs: () => time.nowMs,
      wait: time.wait,
      onTrouble: () => undefined,
      onShare: () => undefined,
      onWaited: () => undefined,
    });
    const open = wireProviders[name];
    if (!open) throw new Error(`There is no provider ${name}.`);
    opened = await open(script, {
      gate,
      headers: () => told[name] ?? {},
      retry: {
        attempts: 3,
        random: () => 0,
        wait: (ms, signal) => time.wait(ms, signal ?? new AbortController().signal),
      },
    });
  });

  afterEach(async () => {
    await gate.close();
    await opened.close();
  });

  /** Lets time go on until the reply has come. */
  async function reply(onWait?: (wait: ModelWait | undefined) => void): Promise<number> {
    let isOver = false;
    const asking = opened.model.respond(request, onWait ? { onWait } : {}).finally(() => (isOver = true));
    const startMs = time.nowMs;
    while (!(isOver as boolean)) await time.pass(100);
    await asking;
    return time.nowMs - startMs;
  }

  it('is learned from the headers of a reply, and told', async () => {
    await reply();
    await reply();
    await time.pass(4000);
    expect(asks[0]?.observed.limits).toEqual(
      name === 'anthropic'
        ? { requestsPerMin: 60, inputTokensPerMin: 90_000 }
        : { requestsPerMin: 60, tokensPerMin: 90_000 },
    );
    expect(asks.at(-1)?.demand.requestsPerMin).toBe(2);
  });

  it('rests for all calls after a refusal, as long as the provider wants', async () => {
    await reply();
    opened.fail({
      kind: 'status',
      status: 429,
      type: 'rate_limit_error',
      message: 'no',
      retryAfterSeconds: 20,
    });
    const waits: (ModelWait | undefined)[] = [];
    const first = reply((wait) => waits.push(wait));
    const second = opened.model.respond(request);
    await first;
    await second;
    expect(time.nowMs).toBeGreaterThanOrEqual(20_000);
    expect(asks.some(({ observed }) => (observed.pauseMs ?? 0) > 19_000)).toBe(true);
    expect(waits[0]).toMatchObject({ why: 'the last call failed, and is made again' });
    expect(waits.at(-1)).toBeUndefined();
    expect(opened.requests()).toHaveLength(4);
  });

  it('counts every attempt, also those that are made again', async () => {
    await reply();
    opened.fail({ kind: 'status', status: 500, type: 'api_error', message: 'no' });
    await reply();
    await time.pass(4000);
    expect(asks.at(-1)?.demand.requestsPerMin).toBe(3);
  });
});
