/** Does the work for every item, at most `limit` at a time, and gives the results in the items' order; the first failure ends it. */
export async function inOrder<Item, Result>(
  items: readonly Item[],
  limit: number,
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  const waiting = items.entries();
  let failed = false;
  const lane = async (): Promise<void> => {
    for (const [index, item] of waiting) {
      if (failed) return;
      try {
        results[index] = await work(item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const lanes = Array.from({ length: Math.max(1, Math.min(limit, items.length)) }, lane);
  // All lanes come to rest before a failure rises, so that no proof outlives its batch.
  const ends = await Promise.allSettled(lanes);
  const rejected = ends.find((end) => end.status === 'rejected');
  if (rejected) throw rejected.reason;
  return results;
}
