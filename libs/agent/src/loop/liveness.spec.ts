import type { Clock } from '@missions/kernel';
import type { Model } from '@missions/models';
import { call, RunBench, turn } from '../conformance/run-bench.ts';

const limits = { maxTurns: 100, maxTokens: 10 };
const many = (...round: readonly ReturnType<typeof turn>[]) => Array.from({ length: 60 }, () => round).flat();

describe('a run that gets nowhere', () => {
  it.each<[string, readonly unknown[], string, number]>([
    ['makes the same call with the same result', many(turn(call('read', 'a'))), 'stall', 6],
    [
      'goes to and fro between two calls',
      many(turn(call('read', 'a')), turn(call('read', 'b'))),
      'stall',
      14,
    ],
    [
      'walks round three calls, in any order',
      many(
        turn(call('read', 'a')),
        turn(call('write', 'b')),
        turn(call('once', 'c')),
        turn(call('write', 'b')),
      ),
      'stall',
      15,
    ],
    ['calls only what is not there', many(turn(call('raed', 'a')), turn(call('wirte', 'b'))), 'tool', 5],
    ['says only texts', many({ text: 'Soon.' } as never), 'empty_run', 2],
    ['only pauses', many({ text: 'Hm.', stopReason: 'pause_turn' } as never), 'stall', 8],
  ])('and %s is ended with the cause', async (_name, turns, cause, after) => {
    const bench = new RunBench(turns);
    expect(await bench.hold({ limits })).toMatchObject({ kind: 'failed', cause, usage: { turns: after } });
  });

  it('is ended also when its results differ in how long they took', async () => {
    const bench = new RunBench(many(turn(call('once', 'npm test'))));
    let ms = 0;
    bench.replace(
      bench.tool('once', 'write', () => ({ content: `exit code 1, ${(ms += 7)} ms\n1 test failed` })),
    );
    expect(await bench.hold({ limits })).toMatchObject({
      kind: 'failed',
      cause: 'stall',
      usage: { turns: 6 },
    });
  });

  it('is not taken for one that polls something that moves, or looks again after it wrote', async () => {
    const round = [turn(call('read', 'status')), turn(call('write', 'a'))];
    const bench = new RunBench([...Array.from({ length: 20 }, () => round).flat(), turn(call('done'))]);
    let seen = 0;
    bench.replace(bench.tool('read', 'read', () => ({ content: `${(seen += 1)} of 20 done` })));
    expect(await bench.hold({ limits })).toMatchObject({ kind: 'closed', turn: 41 });
  });
});

describe('the time of a run', () => {
  it('is counted over all its holders, without the time between them', async () => {
    const bench = new RunBench(many(turn(call('read', 'a')), turn(call('write', 'b'))));
    const clock = new StepClock();
    const within = { clock, limits: { ...limits, maxWallClockMs: 3_600_000 } };
    await bench.holdUntilKilled(8, undefined, within);
    clock.skip(86_400_000);
    const { activeMs } = await bench.state();
    expect(activeMs).toBeGreaterThan(0);
    await bench.holdUntilKilled(8, undefined, within);
    const after = (await bench.state()).activeMs;
    expect(after).toBeGreaterThan(activeMs);
    expect(after).toBeLessThan(3_600_000);
  });

  it('ends it before the next step once it is used up by former holders', async () => {
    const bench = new RunBench(many(turn(call('read', 'a')), turn(call('write', 'b'))));
    const clock = new StepClock(60_000);
    const within = { clock, limits: { ...limits, maxWallClockMs: 600_000 } };
    await bench.holdUntilKilled(60, undefined, within);
    const { turn: reached } = await bench.state();
    expect(await bench.hold(within)).toMatchObject({
      kind: 'failed',
      cause: 'budget',
      detail: 'The run reached its limit of 10 minutes.',
      usage: { turns: reached },
    });
  });

  it('ends a reply that takes longer, at the price of its worst case', async () => {
    const bench = new RunBench();
    bench.model = hanging;
    const price = { input: 0, output: 1_000_000 };
    expect(await bench.hold({ price, limits: { ...limits, maxWallClockMs: 30 } })).toMatchObject({
      kind: 'failed',
      cause: 'budget',
      usage: { costUsd: 10, turns: 0 },
    });
    const last = (await bench.facts()).at(-1);
    expect(last).toMatchObject({ type: 'CallAbandoned', data: { why: 'out_of_time' } });
  });

  it('ends a tool that takes longer, and keeps what it said', async () => {
    const bench = new RunBench([turn(call('read', 'a'))]);
    bench.replace(bench.tool('read', 'read', () => new Promise(() => undefined)));
    expect(await bench.hold({ limits: { ...limits, maxWallClockMs: 30 } })).toMatchObject({
      cause: 'budget',
    });
    expect(await bench.results(1)).toMatchObject([{ content: 'Stopped: the run has used up its time.' }]);
  });

  it('leaves a run that has closed alone', async () => {
    const bench = new RunBench([turn(call('done'))]);
    const clock = new StepClock(60_000);
    const within = { clock, limits: { ...limits, maxWallClockMs: 10_000 } };
    expect(await bench.hold(within)).toMatchObject({ kind: 'closed' });
    expect(await bench.hold(within)).toMatchObject({ kind: 'closed' });
  });
});

/** Each look at it finds it further on. */
class StepClock implements Clock {
  private ms = Date.parse('2026-01-01T00:00:00Z');

  constructor(private readonly stepMs = 1_000) {}

  now(): Date {
    this.ms += this.stepMs;
    return new Date(this.ms);
  }

  skip(ms: number): void {
    this.ms += ms;
  }
}

const hanging: Model = {
  id: 'demo/x',
  respond: (_request, options) =>
    new Promise((_resolve, reject) => {
      options?.signal?.addEventListener('abort', () => {
        reject(options.signal?.reason as Error);
      });
    }),
};
