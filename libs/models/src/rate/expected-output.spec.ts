import { ExpectedOutput } from './expected-output.ts';

describe('the expected length of a reply', () => {
  it('is half more than the mean of recent replies, and modest before the first', () => {
    const expected = new ExpectedOutput();
    expect(expected.guess(16_000)).toBe(1500);
    for (let reply = 0; reply < 100; reply += 1) expected.note(4000);
    expect(expected.guess(16_000)).toBe(6000);
  });

  it('is never more than the call allows', () => {
    const expected = new ExpectedOutput();
    expect(expected.guess(100)).toBe(100);
    for (let reply = 0; reply < 100; reply += 1) expected.note(16_000);
    expect(expected.guess(16_000)).toBe(16_000);
  });
});
