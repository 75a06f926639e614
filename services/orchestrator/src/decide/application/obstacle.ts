import { overlaps, parseResource, type Blocker, type LedgerView } from '@missions/leasing';

/** What keeps a waiting claim from its grant, in words for people. */
export interface Obstacle {
  /** The first of what it wants that is not to be had. */
  readonly resource: string;
  readonly holder?: string;
  /** The claim of that holder; undefined while it waits itself, or nobody holds anything. */
  readonly heldClaim?: string;
  readonly why: string;
  /** Its place among those that want the same; 1 is next. */
  readonly position: number;
}

/** Undefined when the claim does not wait. */
export function inTheWay(claimId: string, { queue, held }: LedgerView): Obstacle | undefined {
  const waiting = queue.find((claim) => claim.claimId === claimId);
  if (!waiting) return undefined;
  const wanted = waiting.resources.map(({ resource }) => resource);
  const { position } = waiting;
  const [holder] = waiting.holders;
  if (holder) {
    const since = held.find((grant) => grant.claimId === holder.claimId)?.grantedAt;
    return {
      position,
      resource: wantedOf(wanted, holder),
      holder: nameOf(holder),
      heldClaim: holder.claimId,
      why: `which ${nameOf(holder)} holds${since === undefined ? '' : ` since ${since}`}`,
    };
  }
  const [first] = waiting.ahead;
  if (first)
    return {
      position,
      resource: wantedOf(wanted, first),
      holder: nameOf(first),
      why: `behind ${nameOf(first)} in the queue`,
    };
  const { closedUntil } = waiting;
  const why = closedUntil === undefined ? 'which is not free' : `which is closed until ${closedUntil}`;
  return { position, resource: wanted[0] ?? '', why };
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
export function wantedOf(wanted: readonly string[], { resources }: Blocker): string {
  const theirs = resources.map(({ resource }) => parseResource(resource));
  const shared = wanted.filter((name) => theirs.some((one) => overlaps(one, parseResource(name))));
  return shared.find((name) => !name.startsWith('pool:')) ?? shared[0] ?? wanted[0] ?? '';
}

/** `42 s`, `61 min` */
export function duration(ms: number): string {
  return ms < 120_000 ? `${String(Math.round(ms / 1000))} s` : `${String(Math.round(ms / 60_000))} min`;
}
