import type { EventEnvelope } from '@missions/kernel';

/** What one client saw; times are microseconds of the machine's one monotonic clock. */
export type Observation =
  | {
      readonly kind: 'granted';
      readonly claimId: string;
      readonly resources: readonly string[];
      readonly token: number;
      readonly calledAt: number;
      readonly answeredAt: number;
    }
  | {
      readonly kind: 'release';
      readonly claimId: string;
      readonly token: number;
      readonly calledAt: number;
      readonly accepted: boolean;
    }
  /** A stretch of time in which something was used that cannot check tokens. */
  | {
      readonly kind: 'use';
      readonly claimId: string;
      readonly resource: string;
      readonly from: number;
      readonly to: number;
    }
  | { readonly kind: 'unanswered'; readonly claimId: string };

/** An effect as the thing it happened to saw it, in its own order. */
export interface Effect {
  readonly resource: string;
  readonly claimId: string;
  readonly token: number;
  readonly accepted: boolean;
}

export interface History {
  /** The ledger as it is in the log. */
  readonly events: readonly EventEnvelope[];
  readonly observations: readonly Observation[];
  readonly effects: readonly Effect[];
}

interface Ended {
  readonly how: string;
  readonly version: number;
}

interface LoggedGrant {
  readonly claimId: string;
  readonly token: number;
  readonly resources: readonly string[];
  readonly end?: Ended;
}

/**
 * What in a history no lock would allow; empty when there is nothing. Claims are exclusive ones of exact names, so that
 * everything can be told from the log without any code of the ledger.
 */
export function violationsOf(history: History): readonly string[] {
  const grants = grantsOf(history.events);
  return [
    ...doubleHolders(grants),
    ...foreignTokens(grants, history.observations),
    ...overtaking(history.events),
    ...staleEffects(grants, history.effects),
    ...unexplainedGrants(grants, history.observations),
    ...overlappingUse(history.observations),
    ...unanswered(history),
  ];
}

interface ClaimData {
  readonly claimId: string;
  readonly resources: readonly { readonly resource: string }[];
}

const endings = new Set(['LockReleased', 'LockExpired', 'LockRevoked']);

function grantsOf(events: readonly EventEnvelope[]): readonly LoggedGrant[] {
  return events
    .filter(({ type }) => type === 'LockGranted')
    .map(({ version, data }) => {
      const { claimId, resources } = data as ClaimData;
      const end = events.find(
        (other) =>
          other.version > version && endings.has(other.type) && (other.data as ClaimData).claimId === claimId,
      );
      return {
        claimId,
        token: version,
        resources: resources.map(({ resource }) => resource),
        ...(end && { end: { how: end.type, version: end.version } }),
      };
    });
}

/** One grant of a resource ends before the next begins. */
function doubleHolders(grants: readonly LoggedGrant[]): readonly string[] {
  return grants.flatMap((grant, place) =>
    grants
      .slice(place + 1)
      .filter((later) => later.resources.some((name) => grant.resources.includes(name)))
      .filter((later) => grant.end === undefined || grant.end.version > later.token)
      .map((later) => `double holders: ${later.claimId} was granted while ${grant.claimId} held`),
  );
}

/** A client holds the token of its grant, each its own, and nothing is released by another one. */
function foreignTokens(
  grants: readonly LoggedGrant[],
  observations: readonly Observation[],
): readonly string[] {
  return observations.flatMap((one) => {
    if (one.kind !== 'granted' && !(one.kind === 'release' && one.accepted)) return [];
    const isOwn = grants.some(({ claimId, token }) => claimId === one.claimId && token === one.token);
    return isOwn ? [] : [`foreign token: ${one.kind} of ${one.claimId} with ${String(one.token)}`];
  });
}

/** Who asked first for something is granted it first, unless it left the queue. */
function overtaking(events: readonly EventEnvelope[]): readonly string[] {
  const waiting: ClaimData[] = [];
  return events.flatMap(({ type, data }) => {
    const claim = data as ClaimData;
    if (type === 'LockRequested') waiting.push(claim);
    if (!['LockGranted', 'LockWithdrawn', 'LockDenied'].includes(type)) return [];
    const place = waiting.findIndex(({ claimId }) => claimId === claim.claimId);
    const [granted] = waiting.splice(place, 1);
    if (type !== 'LockGranted' || granted === undefined) return [];
    return waiting
      .slice(0, place)
      .filter((earlier) => overlap(earlier, granted))
      .map((earlier) => `overtaking: ${granted.claimId} before ${earlier.claimId}`);
  });
}

function overlap(a: ClaimData, b: ClaimData): boolean {
  return a.resources.some(({ resource }) => b.resources.some((other) => other.resource === resource));
}

/** What happens to a thing carries tokens that were granted for it and never decrease. */
function staleEffects(grants: readonly LoggedGrant[], effects: readonly Effect[]): readonly string[] {
  const newest = new Map<string, number>();
  return effects
    .filter(({ accepted }) => accepted)
    .flatMap(({ resource, claimId, token }) => {
      const wasGranted = grants.some((grant) => grant.token === token && grant.resources.includes(resource));
      const isStale = token < (newest.get(resource) ?? 0);
      newest.set(resource, Math.max(token, newest.get(resource) ?? 0));
      return wasGranted && !isStale ? [] : [`stale effect: ${claimId} on ${resource} with ${String(token)}`];
    });
}

/** The order of grants is one in which the calls may have happened: nobody is granted what nobody has given back yet. */
function unexplainedGrants(
  grants: readonly LoggedGrant[],
  observations: readonly Observation[],
): readonly string[] {
  const seen = observations.filter((one) => one.kind === 'granted');
  return grants.flatMap((grant, place) => {
    const next = grants
      .slice(place + 1)
      .find(({ resources }) => resources.some((name) => grant.resources.includes(name)));
    const answered = seen.find(({ claimId }) => claimId === next?.claimId)?.answeredAt;
    const asked = seen.find(({ claimId }) => claimId === grant.claimId)?.calledAt;
    if (next === undefined || answered === undefined) return [];
    if (asked !== undefined && asked > answered)
      return [`order: ${next.claimId} was answered before ${grant.claimId} asked`];
    if (grant.end?.how !== 'LockReleased') return [];
    const calls = observations.filter((one) => one.kind === 'release' && one.claimId === grant.claimId);
    const isExplained = calls.some((one) => one.kind === 'release' && one.calledAt <= answered);
    return isExplained ? [] : [`order: ${next.claimId} was answered before ${grant.claimId} gave back`];
  });
}

function overlappingUse(observations: readonly Observation[]): readonly string[] {
  const uses = observations.filter((one) => one.kind === 'use').sort((a, b) => a.from - b.from);
  return uses.flatMap((use, place) =>
    uses
      .slice(place + 1)
      .filter(
        ({ resource, claimId, from }) =>
          resource === use.resource && claimId !== use.claimId && from < use.to,
      )
      .map(({ claimId }) => `overlapping use: ${claimId} and ${use.claimId} of ${use.resource}`),
  );
}

/** Whoever asked was granted or told that it is over. */
function unanswered({ events, observations }: History): readonly string[] {
  const answers = new Set(['LockGranted', 'LockWithdrawn', 'LockDenied']);
  const answered = new Set(
    events.filter(({ type }) => answers.has(type)).map(({ data }) => (data as ClaimData).claimId),
  );
  const asked = events
    .filter(({ type }) => type === 'LockRequested')
    .map(({ data }) => (data as ClaimData).claimId);
  return [
    ...asked.filter((claimId) => !answered.has(claimId)),
    ...observations.flatMap((one) => (one.kind === 'unanswered' ? [one.claimId] : [])),
  ].map((claimId) => `unanswered: ${claimId}`);
}
