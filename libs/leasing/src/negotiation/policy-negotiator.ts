import { sameOwner, type Owner } from '../claim.ts';
import { atLeast, type Mode } from '../mode.ts';
import { anyConflict, anyOverlap } from '../overlap.ts';
import type { Want } from '../want.ts';
import { canonicalWants, covers, needsLockDelay } from '../want-set.ts';
import type { OfferInput } from './offer.ts';
import { downgraded, sharedWith } from './offer-terms.ts';

/** How willingly a mission gives way. `greedy` gives only what costs it nothing. */
export type Stance = 'greedy' | 'neutral' | 'yielding';

/** What a run knows of its own grant. */
export interface HolderSituation {
  readonly resources: readonly Want[];
  /** What it changed so far: nobody else may have it before the work is handed over. */
  readonly touched: readonly string[];
  /** What it is still going to use, and how. */
  readonly needed: readonly Want[];
  /** When it can next stop with its work kept; undefined when it does not know. */
  readonly nextCheckpointInMs?: number;
  /** What its work under this grant is still expected to take. */
  readonly remainingMs?: number;
  /** What all its mission's work was expected to take so far, in this grant and before; what goodwill is measured by. */
  readonly ownMs?: number;
  /** How much later its mission is by now for having handed over, by what the askers said they would take. */
  readonly delayedMs?: number;
  readonly stance: Stance;
  readonly priority: number;
  /** Claims of its owner that wait. */
  readonly waitsFor?: readonly Want[];
}

/** What a waiting claim asks of it. */
export interface Ask {
  readonly owner: Owner;
  readonly resources: readonly Want[];
  readonly priority: number;
  /** How long it is expected to hold what it asks for. */
  readonly expectedMs?: number;
  /** Whether reading beside others would do. */
  readonly canShare?: boolean;
  /** What its owner holds, which it might give in exchange. */
  readonly holds?: readonly {
    readonly claimId: string;
    readonly token: number;
    readonly owner: Owner;
    readonly resources: readonly Want[];
  }[];
}

/** What a checkpoint may take beyond the time that was foreseen for it. */
const checkpointMarginMs = 30_000;
/** Within this a run that knows of no checkpoint can always stop and keep its work. */
const unforeseenCheckpointMs = 120_000;

/**
 * What a run without any judgement would offer: the first of narrowing to what it really needs (or reading on), sharing,
 * exchanging, handing over at its checkpoint. Valid by construction: the ledger takes each of these while the grant stands.
 */
export function propose(holder: HolderSituation, ask: Ask): OfferInput {
  const free = narrowing(holder, ask) ?? sharing(holder, ask);
  if (free !== undefined) return free;
  const outranked = ask.priority > holder.priority;
  if (holder.stance === 'greedy' && !outranked)
    return { kind: 'refuse', reason: 'Everything that is asked for is needed.' };
  return exchange(holder, ask) ?? handingOver(holder, { outranked });
}

function narrowing({ resources, touched, needed }: HolderSituation, ask: Ask): OfferInput | undefined {
  const used = [...touched.map((resource) => ({ resource, mode: 'X' as const })), ...needed];
  const keep = [
    ...resources.filter((want) => needsLockDelay(want)),
    ...resources.flatMap((want) => (needsLockDelay(want) ? [] : usedBelow(want, used))),
  ];
  if (keep.length === 0) return undefined;
  const kept = canonicalWants(keep);
  if (!isUsefulLess(resources, kept, ask)) return undefined;
  const readsOn = downgraded(resources, 'S');
  if (covers(kept, readsOn) && covers(readsOn, kept)) return { kind: 'downgrade', to: 'S' };
  return { kind: 'narrow', keep: [...kept] };
}

/** Of one want what is used in it, not more strongly than it is held. */
function usedBelow(want: Want, used: readonly Want[]): readonly Want[] {
  if (!used.some((one) => anyOverlap([one], [want]))) return [];
  const below = used.filter((one) => covers([{ ...want, mode: 'X' }], [one]));
  const isUsedWhole = used.some((one) => anyOverlap([one], [want]) && !below.includes(one));
  if (isUsedWhole) return [want];
  return below.map(({ resource, mode }) => ({ resource, mode: weaker(mode, want.mode) }));
}

function sharing({ resources, touched, needed }: HolderSituation, ask: Ask): OfferInput | undefined {
  const common = (one: Want): boolean => anyOverlap([one], ask.resources);
  const writesThere =
    touched.some((resource) => common({ resource, mode: 'X' })) ||
    needed.some((one) => common(one) && one.mode !== 'S');
  if (ask.canShare !== true || writesThere || !resources.some(common)) return undefined;
  const reading = sharedWith(resources, ask.resources);
  const stillConflicts = anyConflict(reading, sharedWith(ask.resources, resources));
  return !stillConflicts && !givesUpUnfenced(resources, reading) ? { kind: 'share' } : undefined;
}

function exchange({ resources, waitsFor = [], touched }: HolderSituation, ask: Ask): OfferInput | undefined {
  if (touched.length > 0 || resources.some(needsLockDelay)) return undefined;
  const wanted = (ask.holds ?? []).find(
    (held) =>
      sameOwner(held.owner, ask.owner) &&
      anyConflict(held.resources, waitsFor) &&
      !held.resources.some(needsLockDelay),
  );
  return wanted && { kind: 'swap', forClaimId: wanted.claimId, forToken: wanted.token };
}

function handingOver(
  { nextCheckpointInMs, stance, needed, touched }: HolderSituation,
  { outranked }: { readonly outranked: boolean },
): OfferInput {
  if (needed.length === 0 && touched.length === 0) return { kind: 'release_at', inMs: 0 };
  if (nextCheckpointInMs !== undefined)
    return { kind: 'hand_over_at_checkpoint', withinMs: nextCheckpointInMs + checkpointMarginMs };
  if (stance === 'yielding' || outranked)
    return { kind: 'hand_over_at_checkpoint', withinMs: unforeseenCheckpointMs };
  return { kind: 'refuse', reason: 'No checkpoint is in sight.' };
}

// Less than is held, out of the asker's way, and nothing that must be closed before it changes hands.
function isUsefulLess(held: readonly Want[], kept: readonly Want[], ask: Ask): boolean {
  if (!covers(held, kept) || covers(kept, held)) return false;
  return !anyConflict(kept, ask.resources) && !givesUpUnfenced(held, kept);
}

function givesUpUnfenced(held: readonly Want[], kept: readonly Want[]): boolean {
  return held.some((want) => needsLockDelay(want) && !covers(kept, [want]));
}

function weaker(a: Mode, b: Mode): Mode {
  return atLeast(a, b) ? b : a;
}
