import { stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { DomainError } from '@missions/kernel';

export type SourceAddress =
  { readonly kind: 'local'; readonly path: string } | { readonly kind: 'remote'; readonly url: string };

/** Tells a path from a URL; refuses UNSUPPORTED_URL and CREDENTIALS_IN_URL (an address is recorded as an event). */
export async function sourceAddress(pathOrUrl: string, protocols: readonly string[]): Promise<SourceAddress> {
  if (pathOrUrl.startsWith('file://')) return { kind: 'local', path: fileURLToPath(pathOrUrl) };
  if ((await stat(pathOrUrl).catch(() => undefined)) !== undefined) return { kind: 'local', path: pathOrUrl };
  const protocol = protocolOf(pathOrUrl);
  if (protocol === undefined) return { kind: 'local', path: pathOrUrl };
  if (!protocols.includes(protocol)) {
    throw new DomainError(
      'UNSUPPORTED_URL',
      `Repositories are reached over ${protocols.join(' and ')}, not over "${protocol}".`,
      { protocol },
    );
  }
  refuseCredentials(pathOrUrl);
  return { kind: 'remote', url: pathOrUrl };
}

function protocolOf(pathOrUrl: string): string | undefined {
  const named = /^([a-z][a-z0-9+.-]*)(?:::|:\/\/)/i.exec(pathOrUrl)?.[1];
  if (named !== undefined) return named.toLowerCase();
  return /^[\w.-]+@[\w.-]+:(?!\/\/)/.test(pathOrUrl) ? 'ssh' : undefined;
}

function refuseCredentials(url: string): void {
  const userInfo = /^https?:\/\/([^/@]*)@/i.exec(url)?.[1];
  if (userInfo === undefined) return;
  throw new DomainError(
    'CREDENTIALS_IN_URL',
    'The URL carries a user name or password, and it would be recorded. Use ssh, or a URL without them.',
    { host: url.replace(/^.*?@/, '').split('/')[0] },
  );
}
