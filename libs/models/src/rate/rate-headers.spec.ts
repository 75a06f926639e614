import { rateHeaders } from './rate-headers.ts';

const told = (fields: Readonly<Record<string, string>>) => rateHeaders(new Headers(fields));

describe('what a provider tells of its rate', () => {
  it('is read as the Messages API spells it', () => {
    expect(
      told({
        'anthropic-ratelimit-requests-limit': '50',
        'anthropic-ratelimit-requests-remaining': '49',
        'anthropic-ratelimit-requests-reset': '2026-01-01T00:00:02Z',
        'anthropic-ratelimit-input-tokens-limit': '30000',
        'anthropic-ratelimit-output-tokens-limit': '8000',
        'anthropic-ratelimit-output-tokens-remaining': '0',
        'anthropic-ratelimit-tokens-limit': '38000',
      }),
    ).toEqual({
      limits: { requestsPerMin: 50, inputTokensPerMin: 30_000, outputTokensPerMin: 8000 },
      remaining: { requestsPerMin: 49, outputTokensPerMin: 0 },
    });
  });

  it('is read as OpenAI and its like spell it', () => {
    expect(
      told({
        'x-ratelimit-limit-requests': '500',
        'x-ratelimit-remaining-requests': '499',
        'x-ratelimit-reset-requests': '120ms',
        'x-ratelimit-limit-tokens': '30000',
        'x-ratelimit-remaining-tokens': '29000',
        'x-ratelimit-reset-tokens': '2s',
      }),
    ).toEqual({
      limits: { requestsPerMin: 500, tokensPerMin: 30_000 },
      remaining: { requestsPerMin: 499, tokensPerMin: 29_000 },
    });
  });

  it.each([
    ['nothing', {}],
    ['none, in the way of some servers', { limit: '-1', remaining: '-1', reset: '0' }],
    ['no number', { limit: 'many' }],
    ['nothing at all', { limit: '0' }],
    ['an empty text', { limit: '' }],
    ['a limit of a day', { limit: '14400', remaining: '0', reset: '5h59m56.4s' }],
    ['a limit of an hour, in seconds', { limit: '100', reset: '3600' }],
  ])('is nothing where it says %s', (_what, parts) => {
    const fields = Object.entries(parts).map(([part, value]) => [`x-ratelimit-${part}-requests`, value]);
    expect(told(Object.fromEntries(fields) as Record<string, string>)).toEqual({ limits: {}, remaining: {} });
  });

  it('does not depend on our clock', () => {
    const fields = {
      'anthropic-ratelimit-requests-limit': '50',
      'anthropic-ratelimit-requests-reset': '2031-05-05T12:00:30Z',
    };
    expect(told({ ...fields, date: 'Mon, 05 May 2031 12:00:00 GMT' }).limits).toEqual({ requestsPerMin: 50 });
    expect(told({ ...fields, date: 'Mon, 05 May 2031 10:00:00 GMT' }).limits).toEqual({});
  });
});
