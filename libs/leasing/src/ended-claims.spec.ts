import { EndedClaims, type EndedClaim } from './ended-claims.ts';

const released = (token: number): EndedClaim => ({ how: 'released', token });

function after(count: number): EndedClaims {
  let ended = EndedClaims.none;
  for (let token = 1; token <= count; token += 1) ended = ended.with(`c-${String(token)}`, released(token));
  return ended;
}

describe('the claims that ended', () => {
  it.each([1, 31, 32, 33, 511, 512])('are all remembered while they are %i', (count) => {
    const ended = after(count);
    for (let token = 1; token <= count; token += 1)
      expect(ended.get(`c-${String(token)}`)).toEqual(released(token));
    expect(ended.get('c-0')).toBeUndefined();
  });

  it('are forgotten from the oldest on, the newest 512 never', () => {
    const ended = after(10_000);
    expect(ended.get('c-1')).toBeUndefined();
    expect(ended.get('c-9400')).toBeUndefined();
    for (let token = 9_489; token <= 10_000; token += 1)
      expect(ended.get(`c-${String(token)}`)).toEqual(released(token));
  });

  it('are known by their last end', () => {
    const ended = after(40).with('c-3', { how: 'expired', token: 3 });
    expect(ended.get('c-3')).toEqual({ how: 'expired', token: 3 });
  });

  it('do not change when one more ends', () => {
    const before = after(31);
    before.with('c-32', released(32));
    expect(before.get('c-32')).toBeUndefined();
  });
});
