import { browserPool } from '@missions/mission';
import type { MissionsConfig } from './missions-config.schema.ts';

/** How many units each pool has: the browsers of user testing, and what is configured, which says more about the same. */
export function sizedPools({
  limits,
  resources,
}: Pick<MissionsConfig, 'limits' | 'resources'>): Readonly<Record<string, number>> {
  return { [browserPool]: limits.browsers, ...resources.pools };
}
