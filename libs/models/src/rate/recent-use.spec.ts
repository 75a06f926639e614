import { RecentUse } from './recent-use.ts';

describe('what was used recently', () => {
  it('keeps no call for longer than a minute, also where nobody asks for the sum', () => {
    const recent = new RecentUse();
    for (let call = 0; call < 10_000; call += 1) recent.note({ requestsPerMin: 1 }, call * 1000);
    expect(recent.size).toBeLessThanOrEqual(61);
    expect(recent.inLastMinute(9_999_000)).toEqual({ requestsPerMin: 61 });
  });
});
