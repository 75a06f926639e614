import { settle } from './settle.ts';

describe('settling', () => {
  it('returns the answer as soon as there is one', async () => {
    let asked = 0;
    const answer = await settle(() => {
      asked += 1;
      return asked === 3 ? 'there' : undefined;
    });
    expect([answer, asked]).toEqual(['there', 3]);
  });

  it('takes a check that throws as not settled yet', async () => {
    let asked = 0;
    await settle(() => {
      asked += 1;
      expect(asked).toBeGreaterThan(2);
      return true;
    });
    expect(asked).toBe(3);
  });

  it('takes zero and the empty string as answers', async () => {
    expect(await settle(() => 0)).toBe(0);
    expect(await settle(() => '')).toBe('');
  });

  it('says after the limit what did not come true', async () => {
    const check = (): never => {
      throw new Error('two workers instead of one');
    };
    await expect(settle(check, { limitMs: 20 })).rejects.toThrow(
      'Not settled within 20 ms: two workers instead of one',
    );
  });

  it('stops at once when it is aborted', async () => {
    await expect(settle(() => false, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow(
      'enough',
    );
  });
});
