import fc from 'fast-check';
import { allPartitions, PARTITIONS, partitionOf } from './partition.ts';

describe('the partition of a stream', () => {
  it('never changes: positions and consumers depend on it', () => {
    // The published values of FNV-1a: 0x811c9dc5, 0xe40c292c and 0xbf9cf968.
    expect(['', 'a', 'foobar'].map(partitionOf)).toEqual([0x5, 0xc, 0x8]);
    const streams = ['mission-a', 'mission-b', 'run-1', 'resources-repo:/r', 'mission-ü'];
    expect(streams.map(partitionOf)).toEqual([7, 10, 12, 12, 3]);
  });

  it('is one of the partitions, whatever the name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (stream) => allPartitions().includes(partitionOf(stream))),
    );
  });

  it('spreads streams evenly enough', () => {
    const counts = new Array<number>(PARTITIONS).fill(0);
    for (let n = 0; n < 16_000; n += 1) {
      const partition = partitionOf(`mission-${String(n)}`);
      counts[partition] = (counts[partition] ?? 0) + 1;
    }
    expect(Math.min(...counts)).toBeGreaterThan(800);
    expect(Math.max(...counts)).toBeLessThan(1_200);
  });
});
