import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { Repository } from './brief.ts';

/** The whole base branch of a repository, as the parent of all its paths: `path:/<repository>/<base branch>`. */
export function branchResource({ url, baseBranch }: Pick<Repository, 'url' | 'baseBranch'>): string {
  return `path:/${repositorySegment(url)}${segments(baseBranch)}`;
}

/** The name of one file as a resource; nothing in its path is a wildcard. */
export function pathResource(repository: Pick<Repository, 'url' | 'baseBranch'>, path: string): string {
  return `${branchResource(repository)}${segments(path)}`;
}

/** As an agent knows them: relative to the repository. */
export function grantedPaths(
  repository: Pick<Repository, 'url' | 'baseBranch'>,
  granted: readonly string[],
): readonly string[] {
  const branch = branchResource(repository);
  return granted
    .filter((name) => name === branch || name.startsWith(`${branch}/`))
    .map((name) => (name === branch ? '(everything)' : decodeURIComponent(name.slice(branch.length + 1))));
}

/** One name for one address on every host: readable, and told apart by a digest. */
export function repositorySegment(url: string): string {
  const address = url
    .normalize('NFC')
    .replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]*@/i, '$1')
    .replace(/\/+$/, '')
    .replace(/\.git$/, '');
  const name = (address.split(/[/:]/).at(-1) ?? '').replaceAll(/[^A-Za-z0-9_-]/g, '-').slice(0, 60);
  return `${name || 'repository'}-${bytesToHex(sha256(utf8ToBytes(address))).slice(0, 12)}`;
}

/**
 * The name under which a mission claims a resource of hosts. An environment is of no host, and is claimed beside ports and
 * browsers in one decision: `env:/staging` is `env:/local/staging`.
 */
export function claimedName(resource: string): string {
  return resource.replace(/^env:\/(?!local\/)/, 'env:/local/');
}

/** A name has at most 64 segments; what lies deeper is locked with the directory above it. */
const maxDepth = 48;
const maxSegmentLength = 120;
const maxPrefixLength = 600;

/** The directories and the file before the first wildcard of a pattern, as `/src/api`; empty when it begins with one. */
export function prefixOf(pattern: string): string {
  const parts = pattern.split('/').filter((part) => part !== '' && part !== '.');
  const wildcardAt = parts.findIndex((part) => /[*?[\]{}]/.test(part));
  return segments((wildcardAt < 0 ? parts : parts.slice(0, wildcardAt)).join('/'));
}

/** As segments of a resource name; what such a name cannot hold is written as %XX, so that no two become one. */
function segments(path: string): string {
  const parts = path
    .split('/')
    .filter((part) => part !== '')
    .slice(0, maxDepth);
  const name: string[] = [];
  let length = 0;
  for (const part of parts) {
    const segment = encoded(part);
    length += segment.length + 1;
    if (segment.length > maxSegmentLength || length > maxPrefixLength) break;
    name.push(`/${segment}`);
  }
  return name.join('');
}

function encoded(part: string): string {
  const text = part
    .normalize('NFC')
    // eslint-disable-next-line no-control-regex -- control characters are exactly what is written otherwise
    .replaceAll(/[%*?[\]{}\\\u0000-\u001f\u007f]/g, hexadecimal);
  return /^\.{1,2}$/.test(text) ? text.replaceAll('.', '%2E') : text;
}

function hexadecimal(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}
