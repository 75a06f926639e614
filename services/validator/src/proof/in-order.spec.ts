import { inOrder } from './in-order.ts';

describe('doing work in order', () => {
  it('gives results in the order of the items, with at most so many at a time', async () => {
    let running = 0;
    let most = 0;
    const release: (() => void)[] = [];
    const work = inOrder(['a', 'b', 'c', 'd'], 2, async (item) => {
      running += 1;
      most = Math.max(most, running);
      await new Promise<void>((resolve) => release.push(resolve));
      running -= 1;
      return item.toUpperCase();
    });
    // The later of each pair ends first.
    for (let ended = 0; ended < 4; ended += 1) {
      release.pop()?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await work).toEqual(['A', 'B', 'C', 'D']);
    expect(most).toBe(2);
  });

  it('begins nothing more after a failure, and rises when all has come to rest', async () => {
    const begun: string[] = [];
    const work = inOrder(['a', 'b', 'c'], 1, (item) => {
      begun.push(item);
      return item === 'b' ? Promise.reject(new Error('broken')) : Promise.resolve(item);
    });
    await expect(work).rejects.toThrow('broken');
    expect(begun).toEqual(['a', 'b']);
  });

  it('is fine with nothing to do', async () => {
    expect(await inOrder([], 2, () => Promise.resolve(1))).toEqual([]);
  });
});
