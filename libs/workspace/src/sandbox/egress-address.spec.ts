import { isPrivate, permittedDestination } from './egress-address.ts';

const resolvesTo =
  (...addresses: readonly string[]) =>
  (): Promise<readonly string[]> =>
    Promise.resolve(addresses);
const registry = { host: 'registry.example', port: 443 };

describe('a destination beyond the sandbox', () => {
  it('is pinned to the address that was checked', async () => {
    const target = { host: 'Registry.Example.', port: 443 };
    expect(await permittedDestination(target, [registry], resolvesTo('203.0.113.9'))).toEqual({
      address: '203.0.113.9',
    });
  });

  it.each([
    ['another host', { host: 'evil.example', port: 443 }],
    ['another port', { host: 'registry.example', port: 22 }],
    ['a name that ends like a listed one', { host: 'registry.example.evil.example', port: 443 }],
    ['the address behind a listed name', { host: '203.0.113.9', port: 443 }],
  ])('is refused when it is %s', async (_, target) => {
    expect(await permittedDestination(target, [registry], resolvesTo('203.0.113.9'))).toEqual({
      refused: 'not_listed',
    });
  });

  it('is refused when any address of its name is private', async () => {
    const resolve = resolvesTo('203.0.113.9', '169.254.169.254');
    expect(await permittedDestination(registry, [registry], resolve)).toEqual({ refused: 'private_address' });
  });

  it('may be private where an admin marked the entry', async () => {
    const entry = { ...registry, private: true };
    expect(await permittedDestination(registry, [entry], resolvesTo('10.0.0.7'))).toEqual({
      address: '10.0.0.7',
    });
  });

  it('is refused when its name does not resolve', async () => {
    expect(
      await permittedDestination(registry, [registry], () => Promise.reject(new Error('ENOTFOUND'))),
    ).toEqual({
      refused: 'unresolved',
    });
  });

  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '172.31.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '224.0.0.1',
    '::1',
    '::ffff:10.0.0.1',
    '::ffff:127.0.0.1',
    'fd00::1',
    'fe80::1',
    '64:ff9b::7f00:1',
  ])('counts %s as private', (address) => expect(isPrivate(address)).toBe(true));

  it.each(['8.8.8.8', '172.32.0.1', '2606:4700::1111'])('counts %s as public', (address) => {
    expect(isPrivate(address)).toBe(false);
  });
});
