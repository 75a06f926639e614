import type { Model } from '@missions/models';
import { call, RunBench, scripted, turn } from '../conformance/run-bench.ts';
import { StopRun } from '../steering.ts';
import type { Progress } from './options.ts';

const limits = { maxTurns: 9, maxTokens: 1_000_000, pauseGraceMs: 20 };
const price = { input: 0, output: 2 };
const until = new Date('2026-01-01T10:20:30Z');
const turns = [turn(call('read', 'a')), turn(call('done'))];

describe('a call that may not be made yet', () => {
  it('is shown with why and until when, and is no stall', async () => {
    const bench = new RunBench(turns);
    const shown: Progress[] = [];
    bench.model = {
      id: 'demo/x',
      respond: (request, options) => {
        options?.onWait?.({ why: 'the rate is used up', until });
        options?.onWait?.({ why: 'the rate is used up, 1 ahead', until: undefined });
        options?.onWait?.(undefined);
        return scripted(turns).respond(request);
      },
    };
    expect(await bench.hold({ onProgress: (progress) => shown.push(progress) })).toMatchObject({
      kind: 'closed',
    });
    const waits = shown.filter(({ lastToolLine }) => lastToolLine?.startsWith('waiting{model}'));
    expect(waits.map(({ lastToolLine, quietMs }) => [lastToolLine, quietMs])).toEqual(
      [1, 2].flatMap(() => [
        ['waiting{model}: the rate is used up, until 10:20:30Z', 3_600_000],
        ['waiting{model}: the rate is used up, 1 ahead', 3_600_000],
      ]),
    );
    expect(shown.at(-1)).toMatchObject({ quietMs: 0 });
    expect(shown.at(-1)?.lastToolLine).not.toContain('waiting');
  });

  it('costs nothing when a pause or a stop comes before it is made', async () => {
    const paused = new RunBench();
    const pause = new AbortController();
    paused.model = waiting(() => {
      pause.abort();
    });
    expect(await paused.hold({ pauseSignal: pause.signal, limits, price })).toMatchObject({
      kind: 'suspended',
      usage: { costUsd: 0 },
    });
    const stopped = new RunBench();
    const stop = new AbortController();
    stopped.model = waiting(() => {
      stop.abort(new StopRun('cancel'));
    });
    expect(await stopped.hold({ signal: stop.signal, limits, price })).toMatchObject({ kind: 'cancelled' });
    expect([...paused.factTypes, ...stopped.factTypes]).not.toContain('CallAbandoned');
  });
});

function waiting(meanwhile: () => void): Model {
  return {
    id: 'demo/x',
    respond: (_request, options) =>
      new Promise((_resolve, reject) => {
        options?.onWait?.({ why: 'the rate is used up', until });
        options?.signal?.addEventListener('abort', () => {
          reject(options.signal?.reason as Error);
        });
        setImmediate(meanwhile);
      }),
  };
}
