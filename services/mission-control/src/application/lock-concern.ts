import { namesResource, type LockLedger } from '@missions/contracts';
import { overlaps, parseResource, sameOwner, type Blocker, type NegotiationView } from '@missions/leasing';

type Waiting = LockLedger['queue'][number];
type Claim = Pick<Blocker, 'claimId' | 'owner' | 'resources'>;

/** What somebody asks about who names a mission, a resource, both or none of them. */
export class LockConcern {
  private readonly wanted: ReturnType<typeof namesResource> | undefined;

  /** Refused with `MALFORMED_RESOURCE` or `UNKNOWN_RESOURCE_KIND`. */
  constructor(
    private readonly mission: string | undefined,
    resource: string | undefined,
  ) {
    this.wanted = resource === undefined ? undefined : namesResource(resource);
  }

  /** Of a ledger what it is about; undefined when that is nothing. */
  within(ledger: LockLedger): LockLedger | undefined {
    if (this.mission === undefined && this.wanted === undefined) return ledger;
    const own = [...ledger.held, ...ledger.queue].filter((claim) => this.isOwn(claim));
    const shown = new Set([...inTheWayOf(own, ledger), ...this.waitingFor(own, ledger)]);
    const isShown = ({ claimId }: Pick<Blocker, 'claimId'>): boolean => shown.has(claimId);
    const isOwnResource = ({ resource }: { readonly resource: string }): boolean =>
      this.wanted === undefined
        ? own.some(({ resources }) => overlap(resources, resource))
        : this.isNamed([{ resource }]);
    const seen = {
      ...ledger,
      held: ledger.held.filter(isShown),
      queue: ledger.queue.filter(isShown),
      closed: ledger.closed.filter(isOwnResource),
      pools: ledger.pools.filter(isOwnResource),
      waits: ledger.waits.filter(isShown),
      commitments: ledger.commitments.filter(isShown),
      negotiations: ledger.negotiations.filter((talk) => this.isAbout(talk, shown)),
    };
    const { held, queue, negotiations, closed, pools } = seen;
    // Of a resource that is named it is told without any claim, too, that it is closed, or how many there are.
    const told = [held, queue, negotiations, ...(this.wanted === undefined ? [] : [closed, pools])];
    return told.some(({ length }) => length > 0) ? seen : undefined;
  }

  private isOwn({ owner, resources }: Pick<Claim, 'owner' | 'resources'>): boolean {
    return this.isOfMission(owner) && this.isNamed(resources);
  }

  private isOfMission({ missionId }: Blocker['owner']): boolean {
    return this.mission === undefined || missionId === this.mission;
  }

  private isNamed(resources: readonly { readonly resource: string }[]): boolean {
    return this.wanted === undefined || this.wanted(resources);
  }

  /** Whom a mission keeps waiting; of a resource all who want it are its own. */
  private waitingFor(own: readonly Claim[], { queue }: LockLedger): readonly string[] {
    if (this.mission === undefined) return [];
    const ids = new Set(own.map(({ claimId }) => claimId));
    return queue.filter((one) => blockers(one).some((id) => ids.has(id))).map(({ claimId }) => claimId);
  }

  /** What was said about it, and what is being said about a circle that it is part of. */
  private isAbout(
    { owner, holders, resources, claimId, outcome, cause }: NegotiationView,
    shown: ReadonlySet<string>,
  ): boolean {
    if (cause === 'cycle' && outcome === undefined && shown.has(claimId)) return true;
    return (
      [owner, ...holders.map((one) => one.owner)].some((one) => this.isOfMission(one)) &&
      this.isNamed(resources)
    );
  }
}

/** These claims, what is before them, and what keeps the owners of that waiting, in turn. */
function inTheWayOf(own: readonly Claim[], { held, queue }: LockLedger): ReadonlySet<string> {
  const found = new Set<string>();
  const waiting = new Map(queue.map((one) => [one.claimId, one]));
  const holding = new Map(held.map((one) => [one.claimId, one]));
  const next = own.map(({ claimId }) => claimId);
  for (let id = next.pop(); id !== undefined; id = next.pop()) {
    if (found.has(id)) continue;
    found.add(id);
    const holder = holding.get(id);
    const waits = [
      waiting.get(id),
      ...(holder ? queue.filter(({ owner }) => sameOwner(owner, holder.owner)) : []),
    ];
    next.push(...waits.flatMap((one) => (one ? [one.claimId, ...blockers(one)] : [])));
  }
  return found;
}

function blockers({ holders, ahead }: Waiting): readonly string[] {
  return [...holders, ...ahead].map(({ claimId }) => claimId);
}

function overlap(resources: Claim['resources'], name: string): boolean {
  return resources.some(({ resource }) => overlaps(parseResource(resource), parseResource(name)));
}
