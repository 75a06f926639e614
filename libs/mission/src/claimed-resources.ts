import type { Mission, RunState } from './mission.state.ts';
import type { FeatureDefinition } from './plan.ts';
import type { ProposalProblem } from './proposal-problem.ts';
import { branchResource, claimedName, prefixOf } from './resource-names.ts';

/** What of a feature says what it claims. */
type Touching = Pick<FeatureDefinition, 'touches' | 'rootFeatureId'> & { readonly id?: string };

/** How what hosts share is written. The ledger refuses the same and some more, but only when it is to be built. */
const hostResource =
  /^(?:repo:\/[^/]{1,128}|port:\/[^/]{1,128}\/[1-9]\d{0,4}|pool:(?:\/[^/]{1,128}){2}|env:(?:\/[^/]{1,128}){1,7}|browser:(?:\/[^/]{1,128}){1,2})$/;
const namesOfHosts =
  'write port:/HOST/NUMBER, env:/NAME, browser:/HOST, pool:/HOST/NAME or repo:/NAME, and files by their path';

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

/** What a run holds now; nothing while it waits for it. */
export function grantedResources({ lock, asks = [] }: Pick<RunState, 'lock' | 'asks'>): readonly string[] {
  const asked = asks.filter(({ granted, mode }) => granted && mode === 'X').map(({ resource }) => resource);
  return [...(lock?.granted === true ? lock.resources : []), ...asked];
}

/** What hosts share is leased whatever the integration; paths and branches are a mission's own unless it shares them. */
export function isLeased(resource: string): boolean {
  return /^(port|env|browser|pool|repo):/.test(resource);
}

/** Why a feature's claim could not be asked for; undefined when it can. A claim stays in one scope: its first segment. */
export function faultOfTouches(mission: Sharing, feature: Touching): string | undefined {
  const malformed = feature.touches.find((name) => isOfHost(name) && !hostResource.test(name));
  if (malformed !== undefined) return `touches what no claim can name: ${malformed}; ${namesOfHosts}`;
  const claimed = claimedResources(mission, feature);
  const scopes = new Set(claimed.map((name) => name.split('/')[1] ?? ''));
  if (scopes.size > 1)
    return `touches ${claimed.join(', ')}, which one claim cannot hold: ${whatToName(mission)}`;
  if (mission.integration !== 'shared' || !mission.repository) return undefined;
  const branch = branchResource(mission.repository);
  const stray = feature.touches.find(
    (name) => /^(path|branch):/.test(name) && name !== branch && !name.startsWith(`${branch}/`),
  );
  return stray === undefined
    ? undefined
    : `touches ${stray}, which is not of this mission; name files by their path, such as src/api/**`;
}

function whatToName({ integration }: Sharing): string {
  return integration === 'shared'
    ? 'name files only; what user testing needs of hosts it claims by itself'
    : 'leave to one feature what lies in one scope';
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

/** Written as a resource that is no file of a mission's own; misspelt, maybe. */
function isOfHost(touch: string): boolean {
  return isResourceName(touch) && !/^(path|branch):/.test(touch);
}

function isResourceName(touch: string): boolean {
  return /^[a-z]+:\//.test(touch);
}
