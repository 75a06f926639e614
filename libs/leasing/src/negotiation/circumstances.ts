import { sameOwner } from '../claim.ts';
import type { LedgerView } from '../ledger-view.ts';
import { anyOverlap } from '../overlap.ts';
import { maxNegotiations } from './decide-negotiation.ts';
import type { ClaimInLine, Standings } from './precedence.ts';
import type { Ask, HolderSituation } from './situation.ts';
import { workKey } from './work-in-line.ts';

/** A claim may ask only so often; some of it is kept for when it may insist. */
const keptForRights = 3;

type Held = LedgerView['held'][number];
type Waiting = LedgerView['queue'][number];

/** What all negotiators go by besides what each knows of its own run: the ledger, and how everybody would stand without talk. */
export interface Circumstances {
  readonly ledger: Pick<LedgerView, 'held' | 'queue' | 'commitments'>;
  readonly standings: Standings;
  readonly at: string;
}

/** What only the holder's side knows. */
export type OwnWork = Pick<
  HolderSituation,
  | 'touched'
  | 'needed'
  | 'nextCheckpointInMs'
  | 'remainingMs'
  | 'ownMs'
  | 'mayExchange'
  | 'stance'
  | 'priority'
>;

/** What the negotiator of a holder goes by. */
export function situationOf(
  held: Held,
  own: OwnWork,
  { ledger, standings, at }: Circumstances,
): HolderSituation {
  const standing = standings.of(held);
  const promised = ledger.commitments.find(({ claimId }) => claimId === held.claimId);
  return {
    ...own,
    resources: held.resources,
    waitsFor: ledger.queue
      .filter(({ owner }) => sameOwner(owner, held.owner))
      .flatMap(({ resources }) => resources),
    gaveWay: standings.letPassBy(held).length,
    ...(standing && { delayedMs: -standing.aheadMs }),
    ...(standing?.inLineMs !== undefined && { inLineMs: standing.inLineMs }),
    ...(promised && { promisedInMs: Math.max(0, Date.parse(promised.until) - Date.parse(at)) }),
  };
}

/** What a waiting claim asks of a holder; `gives` are the claims that its owner would give in exchange. */
export function askOf(
  waiting: Waiting,
  {
    held,
    priority,
    gives = [],
  }: { readonly held: Held; readonly priority: number; readonly gives?: readonly string[] },
  { ledger, standings }: Circumstances,
): Ask {
  const { owner, resources, work } = waiting;
  const inLineMs = standings.of(waiting)?.inLineMs;
  return {
    owner,
    resources,
    priority,
    canShare: canShare(waiting, held),
    holds: ledger.held.filter(({ claimId }) => gives.includes(claimId)),
    letHolderPass: letPass(waiting, held, standings),
    ...(work?.expectedMs !== undefined && { expectedMs: work.expectedMs }),
    ...(inLineMs !== undefined && { inLineMs }),
  };
}

/** Whether it only reads what the other holds. */
export function canShare({ resources }: Pick<Waiting, 'resources'>, held: Pick<Held, 'resources'>): boolean {
  return !resources.some((want) => want.mode !== 'S' && anyOverlap([want], held.resources));
}

/**
 * Whether a waiting claim asks those in its way: when it is next in line, and has not asked too often. It asks nobody whom its
 * own work let pass, and not often unless it would be first without talk.
 */
export function mayAsk(waiting: Waiting, { ledger, standings }: Circumstances): boolean {
  const holders = ledger.held.filter((held) =>
    waiting.holders.some(({ claimId }) => claimId === held.claimId),
  );
  if (waiting.ahead.length > 0 || holders.length === 0) return false;
  if (holders.some((held) => letPass(waiting, held, standings))) return false;
  const isFirst = holders.every((held) => standings.wouldBeFirst(waiting, held));
  return (waiting.talks ?? 0) < (isFirst ? maxNegotiations : maxNegotiations - keptForRights);
}

/** Who would come first without talk, and who is in front of it. */
export interface StepBack {
  readonly earlier: Waiting;
  readonly first: Waiting;
}

/**
 * Waiting claims in front of one that would come first without talk: they came first in fact only because others gave way to
 * them, so they let it through and stand in line again behind everybody.
 */
export function whoStepsBack({ ledger: { queue }, standings }: Circumstances): readonly StepBack[] {
  const wouldComeFirst = (waiting: Waiting, earlier: Waiting): boolean =>
    waiting.ahead.some(({ claimId }) => claimId === earlier.claimId) &&
    standings.wouldBeFirst(waiting, earlier) &&
    !letPass(waiting, earlier, standings);
  return queue.flatMap((earlier) => {
    const first = queue.find((waiting) => wouldComeFirst(waiting, earlier));
    return first === undefined ? [] : [{ earlier, first }];
  });
}

/** Whether the work of the first gave way to the other's out of goodwill. */
function letPass(first: ClaimInLine, other: ClaimInLine, standings: Standings): boolean {
  return standings.letPassBy(first).includes(workKey(other));
}
