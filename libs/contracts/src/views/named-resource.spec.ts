import { namesAny, namesResource } from './named-resource.ts';

const deep = 'env:/a/b/c/d/e/f/g/h';

describe('what somebody names', () => {
  it('may be a name that no mission could claim', () => {
    expect(namesResource(deep)([{ resource: deep }])).toBe(true);
  });

  it('is an environment by its name in plans as well', () => {
    const isStaging = namesResource('env:/staging');
    expect(isStaging([{ resource: 'env:/local/staging' }])).toBe(true);
    expect(isStaging([{ resource: 'env:/local/production' }])).toBe(false);
  });

  it('is refused when it is malformed', () => {
    expect(() => namesResource('nonsense')).toThrow('malformed');
  });

  it('has nothing to do with what only a newer release can name', () => {
    const newer = { resource: 'gpu:/local/0' };
    expect(namesResource('port:/local/1')([newer])).toBe(false);
    expect(namesAny([newer.resource])([newer])).toBe(false);
  });
});
