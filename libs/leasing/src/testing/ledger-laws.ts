import { evolve, type Ledger, type WaitingClaim } from '../ledger.ts';
import type { LeasingEvent } from '../leasing.events.ts';
import { unitsOf } from '../pool.ts';
import { conflicts } from '../queue.ts';
import { decided, pool, type Moment } from './histories.ts';

/** What must hold of every history, as a list of what does not; written without the code that decides. */
export const ledgerLaws = {
  exclusion,
  tokens,
  ownTokens,
  noOvertaking,
  lockDelay,
  talkIsFree,
} as const satisfies Readonly<Record<string, (moments: readonly Moment[]) => readonly string[]>>;

/** No two conflicting claims are held. */
function exclusion(moments: readonly Moment[]): readonly string[] {
  return moments.flatMap(({ after }) => {
    const held = [...after.held.values()];
    return held.flatMap((one, place) =>
      held
        .slice(place + 1)
        .filter((other) => conflicts(one, other))
        .map((other) => `${one.claimId} and ${other.claimId} are both held`),
    );
  });
}

/** Tokens are the versions of their grants, and so only increase. */
function tokens(moments: readonly Moment[]): readonly string[] {
  let newest = 0;
  return eachEvent(moments).flatMap(({ event, version, after }) => {
    if (event.type !== 'LockGranted') return [];
    const isNewer = version > newest && after.held.get(event.data.claimId)?.token === version;
    newest = version;
    return isNewer ? [] : [`token ${String(version)} of ${event.data.claimId} is not the newest`];
  });
}

/** What a holder asks with a token happens only if it is the token of its grant. */
function ownTokens(moments: readonly Moment[]): readonly string[] {
  return moments.flatMap(({ before, command: { type, data }, events }) => {
    if (!('token' in data) || events.length === 0) return [];
    const granted = before.held.get(data.claimId)?.token;
    return granted === undefined || granted === data.token
      ? []
      : [`${type} with another token of ${data.claimId}`];
  });
}

/** Nobody is granted before a claim that stands before it in the queue and excludes it. */
function noOvertaking(moments: readonly Moment[]): readonly string[] {
  return eachEvent(moments).flatMap(({ event, before }) => {
    if (event.type !== 'LockGranted') return [];
    const place = before.queue.findIndex(({ claimId }) => claimId === event.data.claimId);
    const passed = before.queue.slice(0, place).filter((earlier) => excludes(earlier, event.data));
    return passed.map(({ claimId }) => `${event.data.claimId} overtook ${claimId}`);
  });
}

function excludes(earlier: WaitingClaim, later: Parameters<typeof conflicts>[1]): boolean {
  const samePool = unitsOf(earlier, pool) > 0 && unitsOf(later, pool) > 0;
  return conflicts(earlier, later) || (samePool && earlier.owner.missionId !== later.owner.missionId);
}

/** What cannot check a token is granted to nobody for the lock-delay after an end that its holder did not make. */
function lockDelay(moments: readonly Moment[]): readonly string[] {
  const opensAt = new Map<string, string>();
  return eachEvent(moments).flatMap(({ event, at }) => {
    if (event.type === 'LockExpired' || event.type === 'LockRevoked') {
      const until = new Date(Date.parse(at) + 3000).toISOString();
      for (const { resource, units } of event.data.resources)
        if (units === undefined && /^(?:port|env|browser):/u.test(resource)) opensAt.set(resource, until);
    }
    if (event.type !== 'LockGranted') return [];
    return event.data.resources
      .filter(({ resource }) => (opensAt.get(resource) ?? '') > at)
      .map(({ resource }) => `${resource} was granted while it was closed`);
  });
}

/** Talking grants nothing that time alone would not, and costs nobody a place; only a settlement changes what is held. */
function talkIsFree(moments: readonly Moment[]): readonly string[] {
  const talks = new Set(['OpenNegotiation', 'MakeProposal', 'CounterProposal', 'RefuseNegotiation']);
  return moments.flatMap(({ before, after, at, command, events }) => {
    const isSettled = events.some(({ type }) => type === 'NegotiationSettled');
    const isCircle = events.some(({ type }) => type === 'LockDenied');
    if (isSettled || isCircle || !(talks.has(command.type) || command.type === 'AcceptProposal')) return [];
    // Without tokens: what is said counts a version before the grant.
    const picture = ({ held, queue }: Ledger): string =>
      JSON.stringify([
        [...held.values()].map(({ token: _token, ...grant }) => grant),
        queue.map(({ claimId }) => claimId),
      ]);
    const served = decided({ type: 'ServeQueue', data: {} }, before, { at }).reduce(evolve, before);
    const isFree = [before, served].some((ledger) => picture(ledger) === picture(after));
    return isFree ? [] : [`${command.type} changed who holds or waits`];
  });
}

/** Every event with the ledger right before and after it. */
function eachEvent(moments: readonly Moment[]): readonly {
  readonly event: LeasingEvent;
  readonly version: number;
  readonly before: Ledger;
  readonly after: Ledger;
  readonly at: string;
}[] {
  return moments.flatMap(({ before: start, events, at }) => {
    let before = start;
    return events.map((event) => {
      const after = evolve(before, event);
      const one = { event, version: after.version, before, after, at };
      before = after;
      return one;
    });
  });
}
