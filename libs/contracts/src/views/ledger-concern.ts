import {
  type Claim,
  type LeasingEvent,
  type NegotiationOpened,
  type Owner,
  type Want,
} from '@missions/leasing';
import type { LedgerFact } from './ledger-fact.ts';

/** A claim that an event is about, with its owner where that is known. */
export interface Party {
  readonly claimId: string;
  readonly owner?: Owner | undefined;
}

/** Whom and what an event of a ledger is about. */
export interface Concern {
  readonly fact: LedgerFact;
  /** The claim of the event first, then others that it names. */
  readonly parties: readonly Party[];
  /** Who waits in a circle. */
  readonly circle: readonly Owner[];
  readonly resources: readonly Want[];
  /** Whether the events before it told all that it only names; if not, older ones may. */
  readonly isKnown: boolean;
}

/** Of each event, from the oldest to the newest: claims and talks that it only names are as the events before it left them. */
export function ledgerConcerns(facts: readonly LedgerFact[]): readonly Concern[] {
  const earlier = new Earlier();
  return facts.map((fact) => {
    const concern = concernOf(fact, earlier);
    if (fact.event !== undefined) earlier.learn(fact.event);
    return concern;
  });
}

type Talk = NegotiationOpened['data'];

class Earlier {
  private readonly claims = new Map<string, Pick<Claim, 'owner' | 'resources'>>();
  private readonly talks = new Map<string, Talk>();

  learn({ data, type }: LeasingEvent): void {
    if (type === 'NegotiationOpened') this.talks.set(data.negotiationId, data);
    else if ('owner' in data) this.claims.set(data.claimId, data);
  }

  claim(claimId: string): Pick<Claim, 'owner' | 'resources'> | undefined {
    return this.claims.get(claimId);
  }

  talk(negotiationId: string): Talk | undefined {
    return this.talks.get(negotiationId);
  }
}

function concernOf(fact: LedgerFact, earlier: Earlier): Concern {
  const nobody = { fact, parties: [], circle: [], resources: [], isKnown: true };
  if (fact.event === undefined) return { ...nobody, ...namedBy(fact) };
  const { type, data } = fact.event;
  switch (type) {
    case 'PoolSized':
      return { ...nobody, resources: [{ resource: data.resource, mode: 'X' }] };
    case 'WaiterMoved':
      return { ...nobody, ...moved(data, earlier) };
    case 'NegotiationOpened':
      return { ...nobody, ...talked(data), circle: data.cycle ?? [] };
    case 'ProposalMade':
    case 'ProposalCountered':
    case 'ProposalAccepted':
      return { ...nobody, ...proposed(data, earlier) };
    case 'NegotiationSettled':
    case 'NegotiationFailed':
      return { ...nobody, parties: [data], ...ended(earlier.talk(data.negotiationId)) };
    case 'LockNarrowed':
    case 'LockRequestNarrowed':
      return { ...nobody, ...narrowed(data, earlier) };
    case 'LockDenied':
      return { ...nobody, parties: [data], resources: data.resources, circle: data.cycle };
    default:
      return { ...nobody, parties: [data], resources: data.resources };
  }
}

type Told = Pick<Concern, 'parties' | 'resources'> & Partial<Pick<Concern, 'isKnown'>>;

function namedBy({ named: { claimId, owner, resources = [] } }: LedgerFact): Told {
  return { parties: claimId === undefined ? [] : [{ claimId, owner }], resources };
}

function moved(
  { claimId, before }: { readonly claimId: string; readonly before?: string },
  earlier: Earlier,
): Told {
  const named = [claimId, ...(before === undefined ? [] : [before])];
  const claims = named.map((one) => ({ claimId: one, claim: earlier.claim(one) }));
  return {
    parties: claims.map(({ claimId: id, claim }) => ({ claimId: id, owner: claim?.owner })),
    resources: claims.flatMap(({ claim }) => claim?.resources ?? []),
    isKnown: claims.every(({ claim }) => claim !== undefined),
  };
}

/** A talk is about what its asker wanted when it asked. */
function talked({ claim, holders }: Talk): Told {
  return { parties: [claim, ...holders], resources: claim.resources };
}

function ended(talk: Talk | undefined): Partial<Told> {
  return talk === undefined ? { isKnown: false } : talked(talk);
}

function proposed(
  { negotiationId, holder }: { readonly negotiationId: string; readonly holder: Party },
  earlier: Earlier,
): Told {
  const talk = earlier.talk(negotiationId);
  if (talk === undefined) return { parties: [holder], resources: [], isKnown: false };
  const asked = talk.holders.find(({ claimId }) => claimId === holder.claimId) ?? holder;
  return { parties: [asked, talk.claim], resources: talk.claim.resources };
}

/** What it gave away is what somebody looks for, and only the event before says it. */
function narrowed(claim: Claim, earlier: Earlier): Told {
  const before = earlier.claim(claim.claimId);
  const resources = [...claim.resources, ...(before?.resources ?? [])];
  return { parties: [claim], resources, isKnown: before !== undefined };
}
