import type { Claim } from '../claim.ts';
import type { LeasingEvent } from '../leasing.events.ts';
import type { WaiterMoved } from '../intervention/intervention.events.ts';
import { covers } from '../want-set.ts';
import { wouldBeFirst } from './goodwill.ts';
import type { NegotiationSettled } from './negotiation.events.ts';
import { hasEnded, isOver, WithoutTalk, type Played } from './without-talk.ts';
import {
  claimEventOf,
  newWork,
  noLongerAhead,
  workAfter,
  workedUntil,
  workKey,
  type ClaimEvent,
} from './work-in-line.ts';

/** How the work of a claim stands, compared with first come, first served. */
export interface Standing {
  /**
   * How long it would have been in line or at work by now; negative while it would not even have asked. Undefined for what it
   * claims beside what it claimed first: nobody can tell when it would have wanted that.
   */
  readonly inLineMs?: number;
  /** How much more work its mission has done than it would have by now; negative when it is late. */
  readonly aheadMs: number;
}

/** Of a claim, who owns it and which work it is for. */
export type ClaimInLine = Pick<Claim, 'owner' | 'work' | 'resources'>;

/** Where everybody stands at one instant. */
export interface Standings {
  /** Undefined for work that never asked for anything. */
  readonly of: (claim: ClaimInLine) => Standing | undefined;
  /** The works that this one let pass out of goodwill, as often as it did. */
  readonly letPassBy: (claim: ClaimInLine) => readonly string[];
  /** Whether the first would be served before the second if nobody ever gave way to anybody. */
  readonly wouldBeFirst: (first: ClaimInLine, second: ClaimInLine) => boolean;
}

/**
 * What would have become of the same work by now if nobody ever gave way to anybody: first come, first served, by modes and
 * paths. It learns from the events of all ledgers, in one order, how long everybody worked and paused, and plays that again
 * without talk; work that has not ended in fact has not ended there either. What people decide over the heads of owners holds
 * there too. The same events always make the same of it, whenever anybody asks.
 */
export class Precedence {
  private readonly replay = new WithoutTalk();
  /** Claims that wait or are held. */
  private readonly claims = new Map<string, ClaimInLine>();
  private readonly promised = new Set<string>();

  take(event: LeasingEvent): void {
    if (event.type === 'PoolSized') this.replay.sizePool(event.data.resource, event.data.capacity);
    if (event.type === 'NegotiationSettled') this.settled(event.data);
    if (event.type === 'WaiterMoved') this.moved(event.data);
    const about = claimEventOf(event);
    if (about !== undefined) this.claimed(about.event, Date.parse(about.at));
  }

  asOf(at: string): Standings {
    const atMs = Date.parse(at);
    const then = new WithoutTalk(this.replay);
    then.advance(atMs);
    const of = (claim: ClaimInLine): Standing | undefined =>
      standing(claim, then.worksOf(claim.owner.missionId), atMs);
    return {
      of,
      letPassBy: (claim) => newestOf(claim, then)?.letPass ?? [],
      wouldBeFirst: (first, second) => wouldBeFirst(of(first) ?? {}, of(second) ?? {}),
    };
  }

  private claimed(event: ClaimEvent, atMs: number): void {
    const { claimId, owner } = event.data;
    this.replay.advance(atMs);
    const before = this.playedOf(event.data, atMs);
    const work = workAfter(before.work, event, { atMs, promised: this.promised.has(claimId) });
    this.playOn({ ...before, work });
    if (work.held.has(claimId) || work.waiting.has(claimId)) this.claims.set(claimId, event.data);
    else this.forget(claimId);
    if (work.left !== undefined) this.nextBegins(owner.missionId, atMs);
    this.replay.advance(atMs);
  }

  private playOn(played: Played): void {
    const { work, askedMs } = played;
    const wasInVain = work.left !== undefined && work.isAhead && askedMs === undefined;
    if (wasInVain) this.replay.drop(played);
    else this.replay.put(played);
    if (work.left?.isTaken === true && !wasInVain) this.replay.end(played);
  }

  private moved({ claimId, before, movedAt }: WaiterMoved['data']): void {
    this.replay.advance(Date.parse(movedAt));
    const claim = this.claims.get(claimId);
    const moved = this.known(claim);
    if (claim === undefined || moved === undefined || !covers(moved.work.resources, claim.resources)) return;
    this.replay.move(moved, this.known(this.claims.get(before ?? '')));
  }

  private known(claim: ClaimInLine | undefined): Played | undefined {
    return claim === undefined ? undefined : newestOf(claim, this.replay);
  }

  private forget(claimId: string): void {
    this.claims.delete(claimId);
    this.promised.delete(claimId);
  }

  /** The work as it goes on; another, if all that was claimed for it before is over here and there. */
  private playedOf(claim: ClaimInLine, atMs: number): Played {
    const known = this.known(claim);
    if (known !== undefined && isInVain(known, atMs)) this.replay.drop(known);
    else if (known !== undefined && (known.doneMs === undefined || !hasEnded(known.work, atMs))) return known;
    const works = this.replay.worksOf(claim.owner.missionId);
    const before = works.at(-1);
    if (before !== undefined) this.replay.put(finished(before));
    const { letPass = [] } = known ?? {};
    const played = { work: newWork(claim, atMs, before?.work), letPass };
    this.replay.put(played);
    return played;
  }

  private nextBegins(missionId: string, atMs: number): void {
    const works = this.replay.worksOf(missionId);
    const next = works.find(({ work }, place) => work.isAhead && works[place - 1]?.work.left !== undefined);
    if (next !== undefined) this.replay.put({ ...next, work: noLongerAhead(next.work, atMs) });
  }

  private settled({ claimId, commitments, settledAt }: NegotiationSettled['data']): void {
    const asker = this.claims.get(claimId);
    const standings = this.asOf(settledAt);
    for (const { claimId: heldClaim, offer } of commitments) {
      if (offer.kind !== 'release_at' && offer.kind !== 'hand_over_at_checkpoint') continue;
      this.promised.add(heldClaim);
      const holder = this.claims.get(heldClaim);
      if (asker === undefined || holder === undefined || standings.wouldBeFirst(asker, holder)) continue;
      const played = this.known(holder);
      if (played !== undefined)
        this.replay.put({ ...played, letPass: [...(played.letPass ?? []), workKey(asker)] });
    }
  }
}

function newestOf(claim: ClaimInLine, replay: WithoutTalk): Played | undefined {
  return replay.worksOf(claim.owner.missionId).findLast(({ work }) => work.key === workKey(claim));
}

function standing(claim: ClaimInLine, works: readonly Played[], atMs: number): Standing | undefined {
  const place = works.findLastIndex(({ work }) => work.key === workKey(claim));
  const played = works[place];
  if (played === undefined) return undefined;
  const ahead = (some: readonly Played[]): number => some.reduce((sum, one) => sum + aheadMs(one, atMs), 0);
  if (!covers(played.work.resources, claim.resources)) return { aheadMs: ahead(works) };
  const { askedMs } = played;
  const inLineMs = askedMs === undefined ? -1 - ahead(works.slice(0, place)) : atMs - askedMs;
  return { inLineMs, aheadMs: ahead(works) };
}

/** It gave up waiting for good before it worked: it has no place any more, here and there. */
function isInVain({ work }: Played, atMs: number): boolean {
  return work.left?.comesBack === true && work.workedMs === 0 && hasEnded(work, atMs);
}

/** Whoever begins something else does not come back to it. */
function finished(played: Played): Played {
  const { left } = played.work;
  return left === undefined
    ? played
    : { ...played, work: { ...played.work, left: { ...left, comesBack: false } } };
}

function aheadMs(played: Played, atMs: number): number {
  const { work, heldMs, doneMs } = played;
  if (heldMs === undefined) return doneMs === undefined ? workedUntil(work, atMs) : 0;
  const ms = workedUntil(work, atMs) - ((doneMs ?? atMs) - heldMs);
  if (doneMs === undefined) return ms;
  // What would be done by now is late here until it is over; that it takes longer than was expected is nobody's doing.
  return isOver(played) ? 0 : Math.min(0, ms);
}
