import type { Mission } from './mission.state.ts';
import { featuresOf } from './queries.ts';
import { claimedName } from './resource-names.ts';

/** Browsers of the hosts of one installation: user testing takes one, and `limits.browsers` says how many there are. */
export const browserPool = 'pool:/local/browser';

/**
 * What driving the product of a milestone takes, in one claim: the ports of its services, the environments that its features
 * touch, and a browser where there is a service that can be opened in it, by a proof or by somebody who explores.
 */
export function drivingResources(mission: Mission, milestoneId: string): readonly string[] {
  const ports = servicePorts(mission);
  const environments = featuresOf(mission, milestoneId)
    .flatMap(({ definition }) => definition.touches)
    .filter((name) => name.startsWith('env:/'))
    .map(claimedName);
  const isServed = (mission.outline?.services ?? []).length > 0;
  return [...new Set([...ports, ...environments, ...(isServed ? [browserPool] : [])])];
}

/** The ports of the product's services, which only one mission of a host can listen on at a time. */
function servicePorts({ outline }: Mission): readonly string[] {
  return (outline?.services ?? []).flatMap(({ port }) =>
    port === undefined ? [] : [`port:/local/${String(port)}`],
  );
}
