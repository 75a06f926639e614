import fc from 'fast-check';
import type { Message, Model } from '@missions/models';
import { AnthropicModel } from '@missions/models/anthropic';
import { startMessagesApiServer } from '@missions/models/conformance';
import { call, RunBench, scripted, turn } from '../conformance/run-bench.ts';
import { SliceBudget } from '../slice-budget.ts';
import type { TranscriptFact } from '../transcript/facts.ts';
import type { KillPoint } from './options.ts';

const turns = [
  turn(call('read', 'a'), call('read', 'b')),
  turn(call('write', 'c'), call('read', 'd')),
  { text: 'I think I am done.' },
  turn(call('no-such-tool')),
  turn(call('write', 'e'), call('done')),
];
/** Reminders are no replies of the model: five turns are five calls. */
const CALLS = turns.length;

const usage = { input: 10, output: 5, cacheRead: 0, cacheWrite: 0 };

const points: readonly KillPoint[] = [
  'resumed',
  'before-call',
  'after-call',
  'turn-recorded',
  'before-tool',
  'after-tool',
  'before-results',
  'results-recorded',
];

describe('a run that is taken over', () => {
  let undisturbed: readonly Message[];
  beforeAll(async () => {
    const bench = new RunBench(turns);
    await bench.hold();
    undisturbed = (await bench.state()).messages;
  });

  describe.each(points)('after a kill at %s', (point) => {
    it.each([1, 2, 3, 4, 5])(
      '(passing %i) ends as if nothing had happened, with at most one call repeated',
      async (passing) => {
        const bench = new RunBench(turns);
        const killed = await bench.holdUntilKilled(passing, point);
        const outcome = await bench.hold();
        expect(outcome).toMatchObject({ kind: 'closed', tool: 'done', turn: 5 });
        expect((await bench.state()).messages).toEqual(undisturbed);
        const repeated = point === 'after-call' || point === 'before-call' ? Number(killed) : 0;
        expect(bench.requests.length).toBeLessThanOrEqual(CALLS + repeated);
        expect(bench.factTypes.filter((type) => type === 'TurnRecorded')).toHaveLength(CALLS);
      },
    );
  });

  it('ends the same however often and wherever its holders are killed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 25 }), { maxLength: 6 }), async (kills) => {
        const bench = new RunBench(turns);
        let hits = 0;
        for (const passing of kills) if (await bench.holdUntilKilled(passing)) hits += 1;
        expect(await bench.hold()).toMatchObject({ kind: 'closed', turn: 5 });
        expect((await bench.state()).messages).toEqual(undisturbed);
        expect(bench.requests.length).toBeLessThanOrEqual(CALLS + hits);
        expect(bench.factTypes.filter((type) => type === 'ToolResultsRecorded')).toHaveLength(4);
      }),
      { numRuns: 60 },
    );
  });

  it('sends the prefix it began with, whatever the new holder was told', async () => {
    const bench = new RunBench(turns);
    await bench.holdUntilKilled(1, 'results-recorded');
    await bench.hold({ system: 'Other.', firstMessage: 'Other.' });
    expect(bench.requests.every(({ system }) => system === 'You build.')).toBe(true);
    expect(bench.requests.at(-1)?.messages[0]).toEqual(undisturbed[0]);
  });

  it('says of a write that cannot be repeated that its outcome is unknown', async () => {
    const bench = new RunBench([turn(call('read', 'x'), call('once', 'a')), turn(call('done'))]);
    expect(await bench.holdUntilKilled(1, 'before-results')).toBe(true);
    expect(await bench.hold()).toMatchObject({ kind: 'closed' });
    expect(bench.effects).toEqual(['read x', 'once a', 'read x', 'done -']);
    expect(await bench.results(1)).toMatchObject([
      { content: 'content of x', isError: false },
      { refused: 'outcome_unknown', isError: true },
    ]);
  });

  it('repeats a close whose result was not recorded, and makes none twice that was', async () => {
    const unrecorded = new RunBench([turn(call('done'))]);
    await unrecorded.holdUntilKilled(1, 'before-results');
    await unrecorded.hold();
    expect(unrecorded.effects).toEqual(['done -', 'done -']);
    const recorded = new RunBench([turn(call('done'))]);
    await recorded.holdUntilKilled(1, 'results-recorded');
    expect(await recorded.hold()).toMatchObject({ kind: 'closed', turn: 1 });
    expect(recorded.effects).toEqual(['done -']);
  });

  it('is charged the worst case of a call that was lost, and only then', async () => {
    const price = { input: 0, output: 1_000_000 };
    const limits = { maxTurns: 9, maxTokens: 10 };
    const bench = new RunBench([{ ...turn(call('done')), usage: { output: 3 } }]);
    const kill = (): never => {
      throw new Error('killed');
    };
    await expect(
      bench.hold({ price, limits, killPoint: (name) => (name === 'after-call' ? kill() : undefined) }),
    ).rejects.toThrow('killed');
    expect(await bench.hold({ price, limits })).toMatchObject({
      kind: 'closed',
      usage: { costUsd: 13, output: 13, turns: 1 },
    });
    const clean = new RunBench([{ ...turn(call('done')), usage: { output: 3 } }]);
    await expect(
      clean.hold({ price, limits, killPoint: (name) => (name === 'turn-recorded' ? kill() : undefined) }),
    ).rejects.toThrow('killed');
    expect(await clean.hold({ price, limits })).toMatchObject({ usage: { costUsd: 3 } });
  });

  it('charges the calls of an external agent that began under a holder who vanished, each once', async () => {
    const bench = new RunBench();
    const transcript = bench.transcript(1);
    const began = (callId: string): TranscriptFact => ({
      type: 'ExternalCallBegun',
      data: { callId, turn: 1, model: 'm/x', worst: { usage, costUsd: 4 }, at: '2026-01-01T00:00:00.000Z' },
    });
    const ended: TranscriptFact = {
      type: 'ExternalCallRecorded',
      data: { callId: 'heard', turn: 1, model: 'm/x', usage, costUsd: 1, at: '2026-01-01T00:00:01.000Z' },
    };
    const model: Model = {
      id: 'agent',
      respond: async () => {
        await transcript.append([began('heard'), began('lost'), ended]);
        throw new Error('killed');
      },
    };
    await expect(bench.hold({ transcript, model })).rejects.toThrow('killed');
    const budget = new SliceBudget({ sliceUsd: 100 });
    expect(await bench.hold({ budget })).toMatchObject({ kind: 'closed', usage: { costUsd: 5 } });
    expect(budget.spentUsd).toBe(4);
    expect(await bench.hold()).toMatchObject({ usage: { costUsd: 5 } });
    const lost = (await bench.facts()).filter(
      (fact) => fact.type === 'ExternalCallRecorded' && fact.data.lost === true,
    );
    expect(lost).toMatchObject([{ data: { callId: 'lost', costUsd: 4 } }]);
  });

  it('is let go by the old holder, whose late writes change nothing', async () => {
    const bench = new RunBench([turn(call('once', 'a')), turn(call('done'))]);
    const woken = Promise.withResolvers<undefined>();
    const asleep = Promise.withResolvers<undefined>();
    const old = bench.hold({
      killPoint: async (name) => {
        if (name !== 'after-call') return;
        asleep.resolve(undefined);
        await woken.promise;
      },
    });
    await asleep.promise;
    expect(await bench.hold()).toMatchObject({ kind: 'closed' });
    const before = bench.log.events.length;
    woken.resolve(undefined);
    expect(await old).toMatchObject({ kind: 'released', detail: 'A newer holder has taken the run over.' });
    expect(bench.log.events).toHaveLength(before);
    expect(bench.effects).toEqual(['once a', 'done -']);
  });

  it('refuses a holder whose token is older than the newest', async () => {
    const bench = new RunBench([turn(call('done'))]);
    const stale = bench.options({ run: { id: 'r1', token: 1, holder: 'old' } });
    await bench.hold();
    await bench.hold();
    const { runAgent } = await import('./run-agent.ts');
    expect(await runAgent({ ...stale, transcript: bench.transcript(1) })).toMatchObject({ kind: 'released' });
  });

  it('keeps a conversation that the Messages API accepts, over every takeover', async () => {
    const server = await startMessagesApiServer({ model: scripted(turns), apiKey: 'k', chunkBytes: 50 });
    const bench = new RunBench(turns);
    bench.model = bench.counting(
      new AnthropicModel({
        id: 'anthropic/any',
        model: 'any',
        apiKey: 'k',
        baseUrl: server.url,
        retry: { attempts: 1 },
      }),
    );
    // The provider caches no short prefix.
    const told = { system: 'You build. '.repeat(1_000) };
    for (const point of points) await bench.holdUntilKilled(1, point, told);
    expect(await bench.hold(told)).toMatchObject({ kind: 'closed', turn: 5 });
    await server.close();
    expect((await bench.state()).messages).toEqual(undisturbed);
    const { cacheRead } = (await bench.state()).usage;
    expect(cacheRead).toBeGreaterThan(0);
  });
});
