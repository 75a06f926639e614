import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { z } from 'zod';
import type { Repository } from './brief.ts';
import { claimedName } from './host-resources.ts';
import { missionIdSchema, shaSchema } from './ids.ts';
import type { Mission, RunState } from './mission.state.ts';
import type { FeatureDefinition } from './plan.ts';
import type { ProposalProblem } from './proposal-problem.ts';

/** Whether missions of one repository and base branch lock the paths they touch, and then see each other's work. */
export const integrationSchema = z.enum(['shared', 'isolated']);
export type Integration = z.infer<typeof integrationSchema>;

/** How a mission talks about what it shares: greedy gives only what costs it nothing, yielding gives early. */
export const stanceSchema = z.enum(['greedy', 'neutral', 'yielding']);
export type Stance = z.infer<typeof stanceSchema>;

/** A higher one gives way later; it never changes the order of a queue. */
export const prioritySchema = z.int().min(-10).max(10);

/** The last accepted commit of another mission that changed what a run is granted. */
export const changeSchema = z.strictObject({ missionId: missionIdSchema, sha: shaSchema });
export type Change = Readonly<z.infer<typeof changeSchema>>;

/** So many other missions may have changed what one claim names. */
export const changesSchema = z.array(changeSchema).max(256).readonly();

/** A supervisor's merge that a run started from, and whose commits were merged in it. */
export const integratedSchema = z.strictObject({ sha: shaSchema, changes: changesSchema });
export type Integrated = z.infer<typeof integratedSchema>;

/** What of a feature says what it claims. */
type Touching = Pick<FeatureDefinition, 'touches' | 'rootFeatureId'> & { readonly id?: string };

type Sharing = Pick<Mission, 'integration' | 'repository' | 'features'>;

/**
 * What a feature's run claims before it works. What hosts share is claimed always; files only with shared integration, as
 * `path:/<repository>/<base branch>/<literal prefix>`. A feature that names no files claims the whole branch; a fix that names
 * nothing claims what the feature does that it mends. What a run of it could not have while it worked is claimed by the next.
 */
export function claimedResources(mission: Sharing, feature: Touching): readonly string[] {
  const named = touchesOf(mission, feature);
  const ofHost = named.filter(isLeased).map(claimedName);
  if (mission.integration !== 'shared' || !mission.repository) return ofHost;
  const branch = branchResource(mission.repository);
  const paths = named
    .filter((pattern) => !isResourceName(pattern))
    .map((pattern) => `${branch}${prefixOf(pattern)}`);
  const own = named.filter((name) => name === branch || name.startsWith(`${branch}/`));
  const also = mission.features[feature.id ?? '']?.alsoTouches ?? [];
  const files = paths.length + own.length > 0 ? [...paths, ...own, ...also] : [branch];
  return [...new Set([...files, ...ofHost])];
}

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

/** What a run holds now; nothing while it waits for it. */
export function grantedResources({ lock, asks = [] }: Pick<RunState, 'lock' | 'asks'>): readonly string[] {
  const asked = asks.filter(({ granted, mode }) => granted && mode === 'X').map(({ resource }) => resource);
  return [...(lock?.granted === true ? lock.resources : []), ...asked];
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

/** What hosts share is leased whatever the integration; paths and branches are a mission's own unless it shares them. */
export function isLeased(resource: string): boolean {
  return /^(port|env|browser|pool|repo):/.test(resource);
}

/** Why a feature's claim could not be asked for; undefined when it can. A claim stays in one scope: its first segment. */
export function faultOfTouches(mission: Sharing, feature: Touching): string | undefined {
  const claimed = claimedResources(mission, feature);
  const scopes = new Set(claimed.map((name) => name.split('/')[1] ?? ''));
  if (scopes.size > 1)
    return `touches ${claimed.join(', ')}, which one claim cannot hold: leave to one feature what lies in one scope`;
  if (mission.integration !== 'shared' || !mission.repository) return undefined;
  const branch = branchResource(mission.repository);
  const stray = feature.touches.find(
    (name) => /^(path|branch):/.test(name) && name !== branch && !name.startsWith(`${branch}/`),
  );
  return stray === undefined
    ? undefined
    : `touches ${stray}, which is not of this mission; name files by their path, such as src/api/**`;
}

/** What is wrong with what features of a plan would claim. */
export function checkTouches(
  features: readonly FeatureDefinition[],
  mission: Sharing,
): readonly ProposalProblem[] {
  return features.flatMap((feature) => {
    const what = faultOfTouches(mission, feature);
    return what === undefined ? [] : [{ where: feature.id, what }];
  });
}

function touchesOf({ features }: Sharing, { touches, rootFeatureId }: Touching): readonly string[] {
  if (touches.length > 0 || rootFeatureId === undefined) return touches;
  return features[rootFeatureId]?.definition.touches ?? [];
}

function isResourceName(touch: string): boolean {
  return /^[a-z]+:\//.test(touch);
}

/** A name has at most 64 segments; what lies deeper is locked with the directory above it. */
const maxDepth = 48;
const maxSegmentLength = 120;
const maxPrefixLength = 600;

/** The directories and the file before the first wildcard of a pattern, as `/src/api`; empty when it begins with one. */
function prefixOf(pattern: string): string {
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
