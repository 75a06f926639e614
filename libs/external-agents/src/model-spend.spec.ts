import { SliceBudget, type FailRun, type TranscriptFact } from '@missions/agent';
import { systemClock } from '@missions/kernel';
import type { ModelCall, ModelCallRequest } from '@missions/workspace';
import { ModelSpend } from './model-spend.ts';

const request: ModelCallRequest = {
  provider: 'desk',
  protocol: 'anthropic',
  method: 'POST',
  path: '/v1/messages',
  model: 'small',
  maxTokens: 100,
  requestBytes: 200,
};
const usage = { input: 10, output: 5, cacheRead: 0, cacheWrite: 0 };
const over: ModelCall = { ...request, status: 200, usage, complete: true, durationMs: 1 };
/** A million dollars a million tokens: a dollar a token. */
const price = { input: 1_000_000, output: 1_000_000 };

function bench(sliceUsd: number, priced = true) {
  const recorded: TranscriptFact[] = [];
  const failures: FailRun[] = [];
  const budget = new SliceBudget({ sliceUsd });
  const spend = new ModelSpend({ priceOf: () => (priced ? price : undefined), clock: systemClock });
  const log = { away: false };
  const unbooked: unknown[] = [];
  spend.book({
    budget,
    record: (facts) => {
      if (log.away) return Promise.reject(new Error('The log is away.'));
      recorded.push(...facts);
      return Promise.resolve();
    },
    onUnbooked: (error) => unbooked.push(error),
  });
  spend.open({ turn: 1, fail: (error) => failures.push(error) });
  return { spend, budget, recorded, failures, log, unbooked };
}

describe('the model calls of an external agent', () => {
  it('are let out when their worst case is covered, and cost what they used', async () => {
    const { spend, budget, recorded } = bench(200);
    expect(await spend.admit(request)).toBeUndefined();
    spend.over(over);
    expect(budget.spentUsd).toBe(15);
    expect(recorded).toMatchObject([
      { type: 'ExternalCallBegun', data: { turn: 1, model: 'desk/small', worst: { costUsd: 200 } } },
      { type: 'ExternalCallRecorded', data: { turn: 1, model: 'desk/small', usage, costUsd: 15 } },
    ]);
    const [begun, ended] = recorded.map(({ data }) => (data as { callId?: string }).callId);
    expect(begun).toBe(ended);
  });

  it('are refused, and end the run, when it is not', async () => {
    const { spend, failures } = bench(199);
    expect(await spend.admit(request)).toContain('budget');
    expect(failures).toMatchObject([{ cause: 'budget' }]);
  });

  it('never spend together what covers only one of them', async () => {
    const { spend, budget } = bench(300);
    const answers = await Promise.all([spend.admit(request), spend.admit(request)]);
    expect(answers.filter((answer) => answer === undefined)).toHaveLength(1);
    expect(budget.spentUsd).toBe(0);
  });

  it.each([
    ['was cut off', { complete: false }, 200],
    ['said nothing of its tokens', { usage: undefined }, 200],
    ['was refused by the provider', { usage: undefined, status: 429 }, 0],
  ])('that %s is charged so', async (_what, how, usd) => {
    const { spend, budget } = bench(200);
    await spend.admit(request);
    spend.over({ ...over, ...how });
    expect(budget.spentUsd).toBe(usd);
  });

  it('that outlives its turn is charged at its worst case', async () => {
    const { spend, budget, recorded } = bench(200);
    await spend.admit(request);
    await spend.close(10);
    expect(budget.spentUsd).toBe(200);
    spend.over(over);
    expect(recorded.map(({ type }) => type)).toEqual(['ExternalCallBegun', 'ExternalCallRecorded']);
  });

  it('are not let out, and cost nothing, while they cannot be written down', async () => {
    const { spend, budget, log, unbooked } = bench(200);
    log.away = true;
    expect(await spend.admit(request)).toContain('not be booked');
    expect(unbooked).toHaveLength(1);
    log.away = false;
    expect(await spend.admit(request)).toBeUndefined();
    spend.over(over);
    expect(budget.spentUsd).toBe(15);
  });

  it('are refused between turns and before there is a budget', async () => {
    const { spend } = bench(200);
    await spend.close(0);
    expect(await spend.admit(request)).toContain('No turn');
    const unbooked = new ModelSpend({ priceOf: () => price, clock: systemClock });
    expect(await unbooked.admit(request)).toContain('No turn');
  });

  it('without a price are unpriced, never guessed', async () => {
    const { spend, recorded } = bench(1, false);
    expect(await spend.admit(request)).toBeUndefined();
    spend.over(over);
    expect(recorded.at(-1)).toMatchObject({ data: { costUsd: 'unpriced', usage } });
  });
});
