import { lookup } from 'node:dns/promises';
import { BlockList, isIP, isIPv6 } from 'node:net';
import type { EgressEntry, EgressReason } from '../sandbox-egress.ts';

/** What is not the public internet: loopback, link-local (with cloud metadata), private, shared, multicast, reserved. */
const privateRanges: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
  ['::', 96],
  ['64:ff9b::', 96],
  ['100::', 64],
  ['2001::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
];

const privateAddresses = new BlockList();
for (const [network, prefix] of privateRanges)
  privateAddresses.addSubnet(network, prefix, isIPv6(network) ? 'ipv6' : 'ipv4');

export type Resolve = (host: string) => Promise<readonly string[]>;

export const systemResolve: Resolve = async (host) => {
  const found = await lookup(host, { all: true, order: 'ipv4first' });
  return found.map(({ address }) => address);
};

export type Destination =
  { readonly address: string } | { readonly refused: Exclude<EgressReason, 'listed' | 'malformed'> };

/**
 * The one address a connection may be made to. A name of which any address is private is refused as a whole: an
 * attacker who owns the name could otherwise steer which of them we pick.
 */
export async function permittedDestination(
  target: { readonly host: string; readonly port: number },
  allow: readonly EgressEntry[],
  resolve: Resolve,
): Promise<Destination> {
  const host = plainHost(target.host);
  const entry = allow.find((listed) => plainHost(listed.host) === host && listed.port === target.port);
  if (!entry) return { refused: 'not_listed' };
  const addresses = isIP(host) ? [host] : await resolve(host).catch(() => []);
  const [address] = addresses;
  if (address === undefined) return { refused: 'unresolved' };
  if (!entry.private && addresses.some(isPrivate)) return { refused: 'private_address' };
  return { address };
}

export function isPrivate(address: string): boolean {
  return privateAddresses.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

/** `[::1]` and `Example.ORG.` as they are compared and resolved. */
export function plainHost(host: string): string {
  return host
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')
    .toLowerCase();
}
