import { isOlder } from './server-check.ts';

describe('the version of a server', () => {
  it.each([
    ['2.9.9', true],
    ['2.8.30', true],
    ['1.10.10', true],
    ['2.9.10', false],
    ['2.9.10-beta.1', false],
    ['2.10.0', false],
    ['3.0.0', false],
    ['unknown', true],
  ])('%s is older than 2.9.10: %s', (version, older) => {
    expect(isOlder(version, '2.9.10')).toBe(older);
  });
});
