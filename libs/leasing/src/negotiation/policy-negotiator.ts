import { sameOwner } from '../claim.ts';
import { atLeast, type Mode } from '../mode.ts';
import { anyConflict, anyOverlap } from '../overlap.ts';
import type { Want } from '../want.ts';
import { canonicalWants, covers, needsLockDelay } from '../want-set.ts';
import { givesWay } from './goodwill.ts';
import type { OfferInput } from './offer.ts';
import { downgraded, sharedWith } from './offer-terms.ts';
import type { Ask, HolderSituation } from './situation.ts';

/** How late a checkpoint may be: at least so much, else half of the time that was foreseen. Who is later loses its work. */
const checkpointMarginMs = 30_000;
/** Within this a run that knows of no checkpoint can always stop and keep its work. */
const unforeseenCheckpointMs = 120_000;

/**
 * What a run without any judgement would offer: the first of narrowing to what it really needs (or reading on), sharing and
 * exchanging, which cost it nothing; then handing over at its checkpoint to whoever it gives way to; else it refuses. Valid
 * by construction: the ledger takes each of these while the grant stands.
 */
export function propose(holder: HolderSituation, ask: Ask): OfferInput {
  const free = narrowing(holder, ask) ?? sharing(holder, ask) ?? exchange(holder, ask);
  if (free !== undefined) return free;
  if (holder.needed.length === 0 && holder.touched.length === 0) return { kind: 'release_at', inMs: 0 };
  if (!givesWay(holder, ask)) return { kind: 'refuse', reason: 'Everything that is asked for is needed.' };
  return handingOver(holder);
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

function exchange(holder: HolderSituation, ask: Ask): OfferInput | undefined {
  const { resources, waitsFor = [], touched, mayExchange = true } = holder;
  const isTouched = anyOverlap(
    touched.map((resource) => ({ resource, mode: 'X' })),
    resources,
  );
  if (!mayExchange || isTouched || resources.some(needsLockDelay)) return undefined;
  const wanted = (ask.holds ?? []).find(
    (held) =>
      sameOwner(held.owner, ask.owner) &&
      anyConflict(held.resources, waitsFor) &&
      !held.resources.some(needsLockDelay),
  );
  return wanted && { kind: 'swap', forClaimId: wanted.claimId, forToken: wanted.token };
}

// Never later than it has promised already: a promise that moves away is none.
function handingOver({ nextCheckpointInMs, promisedInMs = Infinity }: HolderSituation): OfferInput {
  const soonMs =
    nextCheckpointInMs === undefined
      ? unforeseenCheckpointMs
      : Math.round(nextCheckpointInMs + Math.max(checkpointMarginMs, nextCheckpointInMs / 2));
  return { kind: 'hand_over_at_checkpoint', withinMs: Math.min(soonMs, promisedInMs) };
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
