import { delay } from '@missions/kernel';
import { interleaved, interleavedSamples } from './interleaved.ts';
import { median, spreadOf } from './spread.ts';

describe('comparing two sides', () => {
  it('takes them in turns, and lets each be first as often', async () => {
    const taken: string[] = [];
    await interleaved(2, {
      ours: () => Promise.resolve(taken.push('ours')),
      floor: () => Promise.resolve(taken.push('floor')),
    });
    expect(taken).toEqual(['floor', 'ours', 'floor', 'ours', 'ours', 'floor']);
  });

  it('divides within a round, so that a slow moment of the machine hits both sides', async () => {
    const ours = [0, 20, 400, 20];
    const floor = [0, 10, 200, 10];
    const compared = await interleaved(3, {
      ours: () => Promise.resolve(ours.shift() ?? 0),
      floor: () => Promise.resolve(floor.shift() ?? 0),
    });
    expect(compared.ratio).toEqual({ median: 2, min: 2, max: 2 });
    expect(compared.ours).toEqual({ median: 20, min: 20, max: 400 });
  });

  it('takes the median of the samples of a round', async () => {
    let sample = 0;
    const compared = await interleavedSamples(
      { rounds: 1, samples: 3, warmUpMs: 0 },
      {
        ours: () => Promise.resolve((sample += 1) > 0 ? 6 : 0),
        floor: () => Promise.resolve(3),
      },
    );
    expect(compared.ratio.median).toBe(2);
  });

  it('takes samples only when both sides have run for a while', async () => {
    const slowAtFirst = (): (() => Promise<number>) => {
      let calls = 0;
      return async () => {
        await delay(5);
        return (calls += 1) > 6 ? 1 : 1_000;
      };
    };
    const compared = await interleavedSamples(
      { rounds: 1, samples: 5, warmUpMs: 500 },
      { ours: slowAtFirst(), floor: slowAtFirst() },
    );
    expect([compared.ours.max, compared.floor.max]).toEqual([1, 1]);
  });

  it('has no median of nothing', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(() => spreadOf([])).toThrow('There is no median of nothing.');
  });
});
