import type { Requester } from '@missions/bus';
import { lockLedger, type LeaseView, type LockLedger, type LockNegotiation } from '@missions/contracts';
import { DomainError } from '@missions/kernel';
import {
  overlaps,
  parseResource,
  resourceSubjects,
  scopeSchema,
  stateReplySchema,
  type Blocker,
  type NegotiationView,
} from '@missions/leasing';
import type { LiveValues } from '../ports/live-values.ts';

const TIMEOUT_MS = 5_000;

export interface LockFilter {
  readonly mission?: string | undefined;
  readonly resource?: string | undefined;
}

/** What missions share, as the owner of the ledgers tells it. */
export class ReadLocks {
  constructor(
    private readonly requester: Requester,
    private readonly live: Pick<LiveValues, 'scopes' | 'leases' | 'now'>,
  ) {}

  /** All ledgers, and of them what concerns the mission and the resource that are named. */
  async ledgers({ mission, resource }: LockFilter = {}): Promise<readonly LockLedger[]> {
    const wanted = resource === undefined ? undefined : parseResource(resource);
    const isNamed = ({ resources }: Pick<Blocker, 'resources'>): boolean =>
      wanted === undefined || resources.some((one) => overlaps(parseResource(one.resource), wanted));
    const ledgers = (await this.all()).map((ledger) => about(ledger, mission, isNamed));
    if (wanted !== undefined) return ledgers.filter((one) => hasClaims(one) || hasState(one));
    return mission === undefined ? ledgers : ledgers.filter(hasClaims);
  }

  ofMission(mission: string): Promise<readonly LockLedger[]> {
    return this.ledgers({ mission });
  }

  /** Refused with `UNKNOWN_NEGOTIATION` when it is none of the open and the newest ended ones of any ledger. */
  async negotiation(negotiationId: string): Promise<LockNegotiation> {
    for (const { scope, negotiations } of await this.all()) {
      const found = negotiations.find((one) => one.negotiationId === negotiationId);
      if (found) return { scope, ...found };
    }
    throw new DomainError('UNKNOWN_NEGOTIATION', `No ledger remembers a negotiation ${negotiationId}.`, {
      negotiationId,
    });
  }

  private async all(): Promise<readonly LockLedger[]> {
    const [scopes, leases, at] = await Promise.all([this.live.scopes(), this.live.leases(), this.live.now()]);
    // What cannot be asked for, such as a ledger of an older release under a longer name, hides no other.
    const known = scopes.filter((scope) => scopeSchema.safeParse(scope).success);
    return Promise.all(known.map((scope) => this.ledger(scope, { leases, at })));
  }

  private async ledger(
    scope: string,
    { leases, at }: { readonly leases: readonly LeaseView[]; readonly at: string },
  ): Promise<LockLedger> {
    const reply = await this.requester.request(resourceSubjects.state, { scope }, { timeoutMs: TIMEOUT_MS });
    const its = leases.filter((lease) => lease.scope === scope);
    return lockLedger(stateReplySchema.parse(reply), { at, leases: its });
  }
}

type Named = (claim: Pick<Blocker, 'resources'>) => boolean;

function about(ledger: LockLedger, mission: string | undefined, isNamed: Named): LockLedger {
  const isIts = ({ missionId }: Blocker['owner']): boolean => mission === undefined || missionId === mission;
  const queue = ledger.queue.filter(({ owner, ...claim }) => isIts(owner) && isNamed(claim));
  const inTheWay = new Set(queue.flatMap(({ holders }) => holders.map(({ claimId }) => claimId)));
  const held = ledger.held.filter(
    ({ claimId, owner, ...claim }) => inTheWay.has(claimId) || (isIts(owner) && isNamed(claim)),
  );
  const claims = new Set([...queue, ...held].map(({ claimId }) => claimId));
  const isAbout = ({ owner, holders, resources }: NegotiationView): boolean =>
    [owner, ...holders.map((holder) => holder.owner)].some(isIts) && isNamed({ resources });
  return {
    ...ledger,
    queue,
    held,
    closed: ledger.closed.filter(({ resource }) => isNamed({ resources: [{ resource, mode: 'X' }] })),
    pools: ledger.pools.filter(({ resource }) => isNamed({ resources: [{ resource, mode: 'X' }] })),
    waits: ledger.waits.filter(({ claimId }) => claims.has(claimId)),
    commitments: ledger.commitments.filter(({ claimId }) => claims.has(claimId)),
    negotiations: ledger.negotiations.filter(isAbout),
  };
}

function hasClaims({ held, queue, negotiations }: LockLedger): boolean {
  return held.length + queue.length + negotiations.length > 0;
}

/** Nobody's: of a resource that is named it is told without any claim, too. */
function hasState({ closed, pools }: LockLedger): boolean {
  return closed.length + pools.length > 0;
}
