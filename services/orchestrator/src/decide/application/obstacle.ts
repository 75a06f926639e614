import {
  overlaps,
  parseResource,
  type Blocker,
  type Closure,
  type LedgerView,
  type WaitingView,
} from '@missions/leasing';
import type { WaitingFor } from '@missions/mission';

/** What keeps a waiting claim from its grant, in words for people. */
export interface Obstacle {
  readonly wait: WaitingFor;
  /** The claim of the holder; undefined where nobody holds anything that is wanted. */
  readonly heldClaim?: string;
  readonly why: string;
}

/** Undefined when the claim does not wait. */
export function inTheWay(claimId: string, { queue, held, closed }: LedgerView): Obstacle | undefined {
  const waiting = queue.find((claim) => claim.claimId === claimId);
  if (!waiting) return undefined;
  const wanted = waiting.resources.map(({ resource }) => resource);
  const wait = waitOf(wanted, waiting, closed);
  const [holder] = waiting.holders;
  if (!holder) return { wait, why: whyNot(wait) };
  const since = held.find((grant) => grant.claimId === holder.claimId)?.grantedAt;
  const why = `which ${nameOf(holder)} holds${since === undefined ? '' : ` since ${since}`}`;
  return { wait, why, heldClaim: holder.claimId };
}

/**
 * The first of what is wanted that somebody has, else that somebody comes first for, else that is closed. Without `closed` it is
 * known only of a single one that it is the one that is.
 */
export function waitOf(
  wanted: readonly string[],
  { holders: [holder], ahead: [first], position, closedUntil }: WaitingView,
  closed: readonly Closure[] = [],
): WaitingFor {
  if (holder) return { resource: wantedOf(wanted, holder.resources), holder: nameOf(holder), position };
  if (first) return { resource: wantedOf(wanted, first.resources), behind: nameOf(first), position };
  const last = closed.filter(({ until }) => until === closedUntil);
  const resource = wantedOf(wanted, last);
  const isSure = last.length > 0 || wanted.length === 1;
  return { resource, position, ...(closedUntil !== undefined && isSure && { closedUntil }) };
}

function whyNot({ behind, closedUntil }: WaitingFor): string {
  if (behind !== undefined) return `behind ${behind} in the queue`;
  return closedUntil === undefined ? 'which is not free' : `which is closed until ${closedUntil}`;
}

/** Claims without a run that are all that keeps somebody waiting: one that somebody uses would be in the way anyhow. */
export function aheadInTheWay<Claim extends { readonly claimId: string }>(
  ahead: readonly Claim[],
  { queue }: LedgerView,
): readonly Claim[] {
  const ids = new Set(ahead.map(({ claimId }) => claimId));
  const inWay = new Set(
    queue
      .filter(({ claimId }) => !ids.has(claimId))
      .map(({ holders, ahead: before }) => [...holders, ...before].map(({ claimId }) => claimId))
      .filter((blockers) => blockers.every((id) => ids.has(id)))
      .flat(),
  );
  return ahead.filter(({ claimId }) => inWay.has(claimId));
}

export function nameOf({ owner: { missionId, featureId, runId } }: Pick<Blocker, 'owner'>): string {
  return [missionId, featureId, runId].filter((part) => part !== undefined).join(' ');
}

/**
 * The first of what is wanted that the other has, or is before it in the queue for. Of a pool there may be units left, so it is
 * named last.
 */
function wantedOf(wanted: readonly string[], others: readonly { readonly resource: string }[]): string {
  const theirs = others.map(({ resource }) => parseResource(resource));
  const shared = wanted.filter((name) => theirs.some((one) => overlaps(one, parseResource(name))));
  return shared.find((name) => !name.startsWith('pool:')) ?? shared[0] ?? wanted[0] ?? '';
}

/** `42 s`, `61 min` */
export function duration(ms: number): string {
  return ms < 120_000 ? `${String(Math.round(ms / 1000))} s` : `${String(Math.round(ms / 60_000))} min`;
}
