import { ModelError } from '../model-error.ts';
import { noUsage } from '../reply.ts';
import { AccountGate } from './account-gate.ts';
import { longestWaitMs, type CallPass, type ModelWait } from './call-gate.ts';
import { ManualTime } from '../conformance/manual-time.ts';
import type { Rate } from './rate.ts';
import type { LentShare, ShareAsk, ShareSource } from './share-source.ts';

const small = () => ({ inputTokens: 10, outputTokens: 10 });

/** Lends what it is told to, or does not answer. */
class Desk implements ShareSource {
  readonly asks: ShareAsk[] = [];
  readonly givenBack: string[] = [];
  answers = true;
  pausedMs = 0;
  alone = false;

  constructor(public share: Rate) {}

  lend(ask: ShareAsk): Promise<LentShare> {
    this.asks.push(ask);
    if (!this.answers) return Promise.reject(new Error('Nobody answers.'));
    const { share, pausedMs, alone } = this;
    return Promise.resolve({ share, limits: share, ttlMs: 10_000, pausedMs, alone });
  }

  giveBack(account: string): Promise<void> {
    this.givenBack.push(account);
    return Promise.resolve();
  }
}

let time: ManualTime;
let gates: AccountGate[];

beforeEach(() => {
  time = new ManualTime();
  gates = [];
});

afterEach(() => Promise.all(gates.map((gate) => gate.close())));

function gateOf(desk: Desk, configured: Rate = desk.share, over: { provider?: string } = {}): AccountGate {
  const gate = new AccountGate({
    account: 'acme:1',
    provider: 'acme',
    configured,
    source: desk,
    nowMs: () => time.nowMs,
    wait: time.wait,
    onTrouble: () => undefined,
    onShare: () => undefined,
    onWaited: () => undefined,
    ...over,
  });
  gates.push(gate);
  return gate;
}

/** Asks for so many calls at once, each of which ends at once; what is let through is noted with its time. */
function calls(gate: AccountGate, count: number, waits: (ModelWait | undefined)[] = []): number[] {
  const madeAtMs: number[] = [];
  for (let call = 0; call < count; call += 1)
    void gate
      .enter(small, { onWait: (wait) => waits.push(wait) })
      .then((pass) => {
        madeAtMs.push(time.nowMs);
        pass.settle({ ...noUsage, input: 10, output: 10 });
      })
      .catch(() => undefined);
  return madeAtMs;
}

function mostInAMinute(madeAtMs: readonly number[]): number {
  return Math.max(
    0,
    ...madeAtMs.map((startMs) => madeAtMs.filter((at) => at >= startMs && at < startMs + 60_000).length),
  );
}

const headers = (fields: Readonly<Record<string, string>>): Headers => new Headers(fields);

describe('an account of which nobody has told a limit', () => {
  it('lets every call through at once and asks nobody', async () => {
    const desk = new Desk({});
    const made = calls(gateOf(desk), 500);
    await time.pass(0);
    expect(made).toHaveLength(500);
    expect(desk.asks).toHaveLength(0);
  });

  it('is limited from the moment its provider tells a limit', async () => {
    const desk = new Desk({ requestsPerMin: 60 });
    const gate = gateOf(desk, {});
    const pass = await gate.enter(small);
    pass.heard(headers({ 'x-ratelimit-limit-requests': '60', 'x-ratelimit-remaining-requests': '59' }));
    pass.settle(noUsage);
    const made = calls(gate, 100);
    await time.pass(120_000);
    expect(desk.asks[0]?.observed).toEqual({ limits: { requestsPerMin: 60 } });
    expect(mostInAMinute(made)).toBeLessThanOrEqual(60);
    expect(made.length).toBeGreaterThan(90);
  });

  it('is not told of a pause that is over before anybody could be told', async () => {
    const desk = new Desk({});
    desk.answers = false;
    const gate = gateOf(desk);
    const pass = await gate.enter(small);
    pass.fail(new ModelError('rate_limit', 'no', { transient: true, status: 429 }));
    await time.pass(30_000);
    expect(desk.asks.length).toBeLessThanOrEqual(2);
  });

  it('rests when it refuses a call, and says so to the others', async () => {
    const desk = new Desk({});
    const gate = gateOf(desk);
    const pass = await gate.enter(small);
    pass.fail(new ModelError('rate_limit', 'no', { transient: true, status: 429, retryAfterMs: 7000 }));
    const made = calls(gate, 1);
    await time.pass(6999);
    expect(made).toEqual([]);
    await time.pass(1);
    expect(made).toEqual([7000]);
    expect(desk.asks[0]?.observed).toEqual({ pauseMs: 7000 });
  });
});

describe('an account without a limit that refused a call', () => {
  it('is called one by one after its pause, until a call succeeds', async () => {
    const gate = gateOf(new Desk({}));
    const refusal = new ModelError('rate_limit', 'no', { transient: true, status: 429 });
    const first = await gate.enter(small);
    const before = await gate.enter(small);
    first.fail(refusal);
    const passes: CallPass[] = [];
    const waits: (ModelWait | undefined)[] = [];
    for (let call = 0; call < 5; call += 1)
      void gate.enter(small, { onWait: (wait) => waits.push(wait) }).then((pass) => passes.push(pass));
    await time.pass(1000);
    expect(passes).toHaveLength(1);
    expect(waits.at(-1)?.why).toBe('acme refused a call, and is tried with one at a time, 3 ahead');
    // One that was made before the refusal says nothing of what is allowed now.
    before.settle(noUsage);
    passes[0]?.fail(refusal);
    await time.pass(1000);
    expect(passes).toHaveLength(2);
    passes[1]?.fail();
    await time.pass(0);
    expect(passes).toHaveLength(3);
    passes[2]?.settle(noUsage);
    await time.pass(0);
    expect(passes).toHaveLength(5);
  });
});

describe('a share of an account', () => {
  it('lets no more calls through in any minute, whenever one looks', async () => {
    const made = calls(gateOf(new Desk({ requestsPerMin: 60 })), 400);
    await time.pass(300_000);
    expect(mostInAMinute(made)).toBeLessThanOrEqual(60);
    // Five sixths flow in evenly; the rest is what may come at once.
    expect(made.length).toBeGreaterThanOrEqual(249);
  });

  it('lets calls through in the order in which they came', async () => {
    const gate = gateOf(new Desk({ requestsPerMin: 600 }));
    const order: number[] = [];
    for (const name of [1, 2, 3, 4]) void gate.enter(small).then(() => order.push(name));
    await time.pass(5000);
    expect(order).toEqual([1, 2, 3, 4]);
  });

  it('is full at the beginning only where nobody else had one in the last minute', async () => {
    const alone = new Desk({ requestsPerMin: 60 });
    alone.alone = true;
    const first = calls(gateOf(alone), 30);
    const second = calls(gateOf(new Desk({ requestsPerMin: 60 })), 30);
    await time.pass(0);
    expect(first).toHaveLength(10);
    expect(second).toHaveLength(0);
  });

  it('is renewed while calls are made, and given back a minute after the last one', async () => {
    const desk = new Desk({ requestsPerMin: 60 });
    calls(gateOf(desk), 1);
    await time.pass(60_000);
    expect(desk.asks.length).toBeGreaterThanOrEqual(20);
    expect(desk.givenBack).toEqual([]);
    await time.pass(10_000);
    expect(desk.givenBack).toEqual(['acme:1']);
    const asked = desk.asks.length;
    await time.pass(60_000);
    expect(desk.asks).toHaveLength(asked);
  });

  it('asks for what was used in the last minute, and for all there is while calls have to wait', async () => {
    const desk = new Desk({ requestsPerMin: 60 });
    desk.alone = true;
    const gate = gateOf(desk);
    calls(gate, 5);
    await time.pass(10_000);
    expect(desk.asks.at(-1)?.demand).toMatchObject({ requestsPerMin: 5 });
    calls(gate, 40);
    await time.pass(4000);
    expect(desk.asks.at(-1)?.demand).toMatchObject({ requestsPerMin: 60 });
    await time.pass(60_000);
    expect(desk.asks.at(-1)?.demand.requestsPerMin).toBeLessThan(45);
  });

  it('of nothing lets nothing through, and is asked for again soon', async () => {
    const desk = new Desk({ requestsPerMin: 0 });
    const made = calls(gateOf(desk, { requestsPerMin: 60 }), 1);
    await time.pass(5000);
    expect(made).toEqual([]);
    expect(desk.asks.length).toBeGreaterThanOrEqual(5);
    desk.share = { requestsPerMin: 60 };
    await time.pass(3000);
    expect(made).toHaveLength(1);
  });

  it('counts tokens as they were used, not as they were guessed', async () => {
    const desk = new Desk({ tokensPerMin: 6000 });
    desk.alone = true;
    const gate = gateOf(desk);
    const dear = () => ({ inputTokens: 10, outputTokens: 4000 });
    const pass = await enterNow(gate, dear);
    const made = calls(gate, 1);
    await time.pass(5000);
    expect(made).toEqual([]);
    pass.settle({ ...noUsage, input: 10, output: 10 });
    await time.pass(0);
    expect(made).toEqual([5000]);
  });

  it('sets aside what replies are long, not what they may be at the longest', async () => {
    const desk = new Desk({ outputTokensPerMin: 80_000 });
    desk.alone = true;
    const gate = gateOf(desk);
    const madeAtMs = longCalls(gate, 100, 1000);
    await time.pass(60_000);
    expect(madeAtMs.filter((at) => at === 0).length).toBeGreaterThanOrEqual(8);
    expect(madeAtMs.length).toBeGreaterThanOrEqual(50);
    expect(mostInAMinute(madeAtMs)).toBeLessThanOrEqual(80);
  });

  it('learns that replies are long, and makes up for those that were longer than was guessed', async () => {
    const desk = new Desk({ outputTokensPerMin: 80_000 });
    desk.alone = true;
    const madeAtMs = longCalls(gateOf(desk), 400, 8000);
    await time.pass(600_000);
    expect(madeAtMs.length).toBeLessThanOrEqual(100 + 10);
    // All that were under way before the first reply had come were guessed too low; later minutes keep the rate.
    const later = madeAtMs.filter((at) => at >= 120_000);
    expect(mostInAMinute(later)).toBeLessThanOrEqual(10 + 1);
  });

  it('takes the word of the provider on what is left', async () => {
    const desk = new Desk({ requestsPerMin: 60 });
    desk.alone = true;
    const gate = gateOf(desk, {});
    (await enterNow(gate)).heard(headers({ 'anthropic-ratelimit-requests-limit': '60' }));
    await time.pass(0);
    const pass = await enterNow(gate);
    pass.heard(
      headers({ 'anthropic-ratelimit-requests-limit': '60', 'anthropic-ratelimit-requests-remaining': '0' }),
    );
    const made = calls(gate, 1);
    await time.pass(1100);
    expect(made).toEqual([]);
    await time.pass(200);
    expect(made).toHaveLength(1);
  });

  it('of a configured rate is limited by that alone, whatever is told of one of its models', async () => {
    const desk = new Desk({ requestsPerMin: 60 });
    desk.alone = true;
    const gate = gateOf(desk);
    const pass = await enterNow(gate);
    pass.heard(
      headers({ 'anthropic-ratelimit-requests-limit': '5', 'anthropic-ratelimit-requests-remaining': '0' }),
    );
    const made = calls(gate, 5);
    await time.pass(4000);
    expect(made).toEqual([0, 0, 0, 0, 0]);
    expect(desk.asks.map(({ observed }) => observed)).toEqual(desk.asks.map(() => ({})));
  });

  it('rests as long as the provider told another replica', async () => {
    const desk = new Desk({ requestsPerMin: 600 });
    desk.pausedMs = 5000;
    const gate = gateOf(desk);
    const waits: (ModelWait | undefined)[] = [];
    const made = calls(gate, 1, waits);
    await time.pass(0);
    desk.pausedMs = 0;
    await time.pass(4999);
    expect(made).toEqual([]);
    expect(waits.at(-1)?.why).toBe('acme wants a pause');
    await time.pass(10);
    expect(made).toHaveLength(1);
  });
});

describe('without the service', () => {
  it('a replica lives on its last share for a minute, then its calls wait until it is back', async () => {
    const desk = new Desk({ requestsPerMin: 60 });
    const gate = gateOf(desk);
    calls(gate, 1);
    await time.pass(3500);
    desk.answers = false;
    const made = calls(gate, 200);
    const waits: (ModelWait | undefined)[] = [];
    void calls(gate, 1, waits);
    await time.pass(120_000);
    const lastAskMs = 3000;
    expect(Math.max(...made)).toBeGreaterThan(lastAskMs + 58_000);
    expect(Math.max(...made)).toBeLessThan(lastAskMs + 60_000);
    expect(waits.at(-1)).toMatchObject({
      why: "no share of acme's rate, resource-lock does not answer, 149 ahead",
    });
    desk.answers = true;
    await time.pass(5000);
    expect(Math.max(...made)).toBeGreaterThan(123_500);
    expect(mostInAMinute(made)).toBeLessThanOrEqual(60);
  });

  it('nobody is let through who never had a share of a limited account', async () => {
    const desk = new Desk({ requestsPerMin: 60 });
    desk.answers = false;
    const made = calls(gateOf(desk), 1);
    await time.pass(60_000);
    expect(made).toEqual([]);
    desk.answers = true;
    await time.pass(3000);
    expect(made).toHaveLength(1);
  });

  it('a replica that slept past its share asks before it calls', async () => {
    const desk = new Desk({ requestsPerMin: 60 });
    const gate = gateOf(desk);
    calls(gate, 1);
    await time.pass(5000);
    time.nowMs += 30_000;
    desk.share = { requestsPerMin: 0 };
    const made = calls(gate, 1);
    await time.pass(20_000);
    expect(made).toEqual([]);
  });
});

describe('waiting for a turn', () => {
  it('says why and until when, and when it is over', async () => {
    const waits: (ModelWait | undefined)[] = [];
    calls(gateOf(new Desk({ requestsPerMin: 60 })), 1, waits);
    await time.pass(10_000);
    expect(waits.map((wait) => wait?.why)).toEqual([
      "asks for a share of acme's rate",
      "acme's rate of requests is used up",
      undefined,
    ]);
    expect(waits[1]?.until).toBeInstanceOf(Date);
  });

  it('is said before anything else can happen, however many wait already', async () => {
    const gate = gateOf(new Desk({ requestsPerMin: 60 }));
    calls(gate, 20);
    await time.pass(1);
    const waits: (ModelWait | undefined)[] = [];
    calls(gate, 1, waits);
    expect(waits).toHaveLength(1);
    expect(waits[0]?.why).toBe("acme's rate of requests is used up, 20 ahead");
  });

  it('ends at once when it is stopped, and lets the next one move up', async () => {
    const gate = gateOf(new Desk({ requestsPerMin: 60 }));
    const stop = new AbortController();
    const stopped = gate.enter(small, { signal: stop.signal });
    const made = calls(gate, 1);
    stop.abort(new Error('Enough.'));
    await expect(stopped).rejects.toThrow('Enough.');
    await time.pass(1300);
    expect(made).toHaveLength(1);
  });

  it('ends after an hour', async () => {
    const desk = new Desk({ requestsPerMin: 60 });
    desk.answers = false;
    const waiting = gateOf(desk).enter(small);
    const ended = waiting.catch((error: unknown) => error);
    await time.pass(longestWaitMs + 10_000);
    expect(await ended).toMatchObject({ code: 'rate_limit', transient: false });
  });

  it('ends an hour after all waits of its call, those before earlier attempts among them', async () => {
    const desk = new Desk({ requestsPerMin: 60 });
    desk.answers = false;
    const waiting = gateOf(desk).enter(small, { waitedMs: longestWaitMs - 60_000 });
    const ended = waiting.catch((error: unknown) => error);
    await time.pass(70_000);
    expect(await Promise.race([ended, time.pass(0)])).toMatchObject({ code: 'rate_limit', transient: false });
  });

  it('says with the pass how long it was', async () => {
    const gate = gateOf(new Desk({ requestsPerMin: 60 }));
    const entering = gate.enter(small);
    await time.pass(2000);
    expect((await entering).waitedMs).toBe(1200);
    expect((await enterNow(gateOf(new Desk({})))).waitedMs).toBe(0);
  });

  it('ends when the service stops, and the share is given back', async () => {
    const desk = new Desk({ requestsPerMin: 60 });
    const gate = gateOf(desk);
    calls(gate, 1);
    await time.pass(5000);
    const waiting = Promise.all([gate.enter(small), ...Array.from({ length: 20 }, () => gate.enter(small))]);
    const ended = waiting.catch((error: unknown) => error);
    await gate.close();
    expect(await ended).toMatchObject({ message: 'The service is stopping.' });
    expect(desk.givenBack).toEqual(['acme:1']);
  });
});

/** Calls that may be long, each with a reply of so many tokens after a second. */
function longCalls(gate: AccountGate, count: number, output: number): number[] {
  const madeAtMs: number[] = [];
  const need = () => ({ inputTokens: 10, outputTokens: 16_000 });
  for (let call = 0; call < count; call += 1)
    void gate
      .enter(need)
      .then(async (pass) => {
        madeAtMs.push(time.nowMs);
        await time.wait(1000, new AbortController().signal);
        pass.settle({ ...noUsage, input: 10, output });
      })
      .catch(() => undefined);
  return madeAtMs;
}

async function enterNow(gate: AccountGate, need = small): Promise<CallPass> {
  const entering = gate.enter(need);
  await time.pass(0);
  return entering;
}
