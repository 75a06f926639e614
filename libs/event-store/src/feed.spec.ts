import fc from 'fast-check';
import { compareCursors, feedCursor, parseFeedCursor } from './feed.ts';

const place = fc.record({
  tx: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  pos: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
});

describe('a feed cursor', () => {
  it('is read back as it was written', () => {
    fc.assert(
      fc.property(place, ({ tx, pos }) => {
        expect(parseFeedCursor(feedCursor(tx, pos))).toEqual({ tx, pos });
      }),
    );
  });

  it('lies before another by its transaction, then by its position, as numbers', () => {
    expect(compareCursors('9.100', '10.2')).toBeLessThan(0);
    expect(compareCursors('10.100', '10.2')).toBeGreaterThan(0);
    expect(compareCursors('10.2', '10.2')).toBe(0);
  });

  it.each(['', '1', '1.', '.1', '1.2.3', '-1.2', ' 1.2', '1.2\n', 'x'])('is not %j', (text) => {
    expect(() => parseFeedCursor(text)).toThrow(RangeError);
  });
});
