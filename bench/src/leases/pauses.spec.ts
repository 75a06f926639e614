import { isOvertaken, seenOf } from './pauses.ts';

const hold = (token: number, heldAt: number, counted?: number) => ({
  token,
  askedAt: heldAt - 5,
  heldAt,
  counted,
});

describe('what is seen of stopped holders', () => {
  it('is nothing while effects come in the order of grants', () => {
    expect(seenOf([hold(1, 10, 1), hold(2, 20, 2), hold(3, 30, 3)], 1)).toEqual({
      stopped: 1,
      grants: 3,
      staleAccepted: 0,
      refused: 0,
      tokensBack: 0,
    });
  });

  it('is the effect of a holder that was taken after that of a later one', () => {
    expect(seenOf([hold(2, 20, 1), hold(1, 10, 2)], 1)).toMatchObject({ staleAccepted: 1, refused: 0 });
  });

  it('is not what the counter refused, nor a stopped holder that nobody came after', () => {
    const holds = [hold(2, 20, 1), hold(1, 10), hold(3, 30, 2)];
    expect(seenOf(holds, 2)).toMatchObject({ staleAccepted: 0, refused: 1 });
  });

  it('is a token that did not rise, unless both asked before either heard', () => {
    expect(seenOf([hold(5, 10, 1), hold(5, 20, 2)], 0)).toMatchObject({ tokensBack: 1 });
    expect(seenOf([hold(5, 10, 1), hold(4, 12, 2)], 0)).toMatchObject({ tokensBack: 0 });
  });
});

describe('a stopped holder', () => {
  it('is overtaken once a later one has counted, not by one that was stopped or refused as well', () => {
    expect(isOvertaken({ token: 2 }, [hold(1, 10, 1), hold(3, 30)])).toBe(false);
    expect(isOvertaken({ token: 2 }, [hold(1, 10, 1), hold(3, 30, 2)])).toBe(true);
  });
});
