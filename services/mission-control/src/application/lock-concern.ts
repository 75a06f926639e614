import { namesAny, namesResource, type IsAbout, type LockLedger } from '@missions/contracts';
import { sameOwner, type NegotiationView, type Owner } from '@missions/leasing';
import { placedClaims, type PlacedClaim } from './placed-claims.ts';

/** What somebody asks about who names a mission, a resource, both or none of them. */
export class LockConcern {
  private readonly wanted: IsAbout | undefined;

  /** Refused with `MALFORMED_RESOURCE` or `UNKNOWN_RESOURCE_KIND`. */
  constructor(
    private readonly mission: string | undefined,
    resource: string | undefined,
  ) {
    this.wanted = resource === undefined ? undefined : namesResource(resource);
  }

  /** Of all ledgers what it is about; those that say nothing of it are left out. */
  among(ledgers: readonly LockLedger[]): readonly LockLedger[] {
    if (this.mission === undefined && this.wanted === undefined) return ledgers;
    const claims = placedClaims(ledgers);
    const own = claims.filter(({ owner, resources }) => this.isOfMission(owner) && this.isNamed(resources));
    const shown = new Set([...inTheWayOf(own, claims), ...this.waitingFor(own, claims)]);
    const isOwnResource = this.wanted ?? namesAny(own.flatMap(({ resources }) => resources.map(nameOf)));
    return ledgers.flatMap((ledger) => {
      const claimIds = new Set([...shown].filter(({ scope }) => scope === ledger.scope).map(idOf));
      return this.within(ledger, { claimIds, isOwnResource }) ?? [];
    });
  }

  private within(
    ledger: LockLedger,
    { claimIds, isOwnResource }: { readonly claimIds: ReadonlySet<string>; readonly isOwnResource: IsAbout },
  ): LockLedger | undefined {
    const isShown = ({ claimId }: { readonly claimId: string }): boolean => claimIds.has(claimId);
    const seen = {
      ...ledger,
      held: ledger.held.filter(isShown),
      queue: ledger.queue.filter(isShown),
      closed: ledger.closed.filter((one) => isOwnResource([one])),
      pools: ledger.pools.filter((one) => isOwnResource([one])),
      waits: ledger.waits.filter(isShown),
      commitments: ledger.commitments.filter(isShown),
      negotiations: ledger.negotiations.filter((talk) => this.isAbout(talk, claimIds)),
    };
    const { held, queue, negotiations, closed, pools } = seen;
    // Of a resource that is named it is told without any claim, too, that it is closed, or how many there are.
    const told = [held, queue, negotiations, ...(this.wanted === undefined ? [] : [closed, pools])];
    return told.some(({ length }) => length > 0) ? seen : undefined;
  }

  private isOfMission({ missionId }: Owner): boolean {
    return this.mission === undefined || missionId === this.mission;
  }

  private isNamed(resources: Parameters<IsAbout>[0]): boolean {
    return this.wanted === undefined || this.wanted(resources);
  }

  /** Whom a mission keeps waiting; of a resource all who want it are its own. */
  private waitingFor(own: readonly PlacedClaim[], claims: readonly PlacedClaim[]): readonly PlacedClaim[] {
    if (this.mission === undefined) return [];
    const ids = new Set(own);
    return claims.filter(
      ({ before, resources }) => before.some((one) => ids.has(one)) && this.isNamed(resources),
    );
  }

  /** What was said about it, and what is being said about a circle that it is part of. */
  private isAbout(
    { owner, holders, resources, claimId, outcome, cause }: NegotiationView,
    shown: ReadonlySet<string>,
  ): boolean {
    if (cause === 'cycle' && outcome === undefined && shown.has(claimId)) return true;
    const parties = [owner, ...holders.map((one) => one.owner)];
    return parties.some((one) => this.isOfMission(one)) && this.isNamed(resources);
  }
}

/** These claims, what is before them, and what keeps the owners of that waiting, in turn, in whichever ledger. */
function inTheWayOf(own: readonly PlacedClaim[], claims: readonly PlacedClaim[]): ReadonlySet<PlacedClaim> {
  const found = new Set<PlacedClaim>();
  const next = [...own];
  for (let claim = next.pop(); claim !== undefined; claim = next.pop()) {
    if (found.has(claim)) continue;
    found.add(claim);
    const { owner } = claim;
    const waiting = claims.filter((one) => one.waits && sameOwner(one.owner, owner));
    next.push(...claim.before, ...waiting);
  }
  return found;
}

function idOf({ claimId }: PlacedClaim): string {
  return claimId;
}

function nameOf({ resource }: { readonly resource: string }): string {
  return resource;
}
