import type { FeatureState, Mission } from '@missions/mission';
import { z } from 'zod';

/**
 * How far the work is that a finding led to. `open`: not all of it is accepted. `built`: all of it is, and nothing has shown yet that
 * it helped. `proven`: the engine let every assertion pass that the finding is about (of a finding about none, that the work fulfils)
 * at a commit that has all of it. `given_up`: none of it will be built.
 */
export const fixSchema = z.enum(['open', 'built', 'proven', 'given_up']);
export type Fix = z.infer<typeof fixSchema>;

export const fixTexts: Readonly<Record<Fix, string>> = {
  open: 'in work',
  built: 'built, not proven',
  proven: 'proven',
  given_up: 'given up',
};

/** Undefined where the finding led to no work. */
export function fixOf(
  mission: Mission,
  assertionIds: readonly string[],
  followers: readonly FeatureState[],
): Fix | undefined {
  if (followers.length === 0) return undefined;
  const meant = followers.filter(({ status }) => status !== 'skipped' && status !== 'cancelled');
  if (meant.length === 0) return 'given_up';
  if (meant.some(({ status }) => status !== 'accepted')) return 'open';
  const about =
    assertionIds.length > 0 ? assertionIds : meant.flatMap(({ definition }) => definition.fulfils);
  const newest = Math.max(...meant.map(({ headSha }) => placeOf(mission, headSha)));
  const isShown = (id: string): boolean => {
    const assertion = mission.assertions[id];
    return assertion?.verdict === 'pass' && placeOf(mission, assertion.targetSha) >= newest;
  };
  return about.length > 0 && about.every(isShown) ? 'proven' : 'built';
}

/** The how many-th accepted commit it is; before all of them where it is none. */
function placeOf({ handoffs }: Mission, sha: string | undefined): number {
  return handoffs.findLastIndex(({ captured }) => captured.headSha === sha);
}
