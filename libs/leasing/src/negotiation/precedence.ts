import { isRefusal } from '@missions/kernel';
import type { Claim, Owner } from '../claim.ts';
import { decide } from '../decide.ts';
import type { LeasingCommand } from '../leasing.commands.ts';
import type { LeasingEvent } from '../leasing.events.ts';
import { emptyLedger, evolve, type Ledger } from '../ledger.ts';
import { scopeOf } from '../want-set.ts';
import { claimEventOf, newWork, workAfter, workedUntil, workKey, type Work } from './work-in-line.ts';

/** How an owner stands, compared with first come, first served. */
export interface Standing {
  /** How long it would have been in line or at work by now; negative while it would not even have asked. */
  readonly inLineMs: number;
  /** How much more work its mission has done than it would have by now; negative when it is late. */
  readonly aheadMs: number;
}

/** A work and how far it would be. */
interface Played {
  work: Work;
  askedMs?: number;
  heldMs?: number;
  doneMs?: number;
}

/** Who handed over as it promised comes back; if it has not by then, it had finished. */
const comesBackMs = 600_000;

/**
 * What would have become of the same work by now if nobody ever gave way to anybody: first come, first served, by modes and
 * paths. It learns from the events of all ledgers, in the order of their instants, how long everybody worked and paused, and
 * plays that again without talk; work that has not ended in fact has not ended there either.
 */
export class Precedence {
  private readonly ledgers = new Map<string, Ledger>();
  /** Of each mission, in the order in which it asked. */
  private readonly missions = new Map<string, Played[]>();
  private readonly promised = new Set<string>();
  private readonly expectedMs = new Map<string, number>();
  private nowMs = 0;

  take(event: LeasingEvent): void {
    if (event.type === 'PoolSized') this.sizePool(event.data);
    if (event.type === 'NegotiationSettled')
      for (const { claimId, offer } of event.data.commitments)
        if (offer.kind === 'release_at' || offer.kind === 'hand_over_at_checkpoint')
          this.promised.add(claimId);
    const about = claimEventOf(event);
    if (about === undefined) return;
    const atMs = Date.parse(about.at);
    this.advance(atMs);
    const played = this.playedOf(about.event.data, atMs);
    const { claimId } = about.event.data;
    played.work = workAfter(played.work, about.event, { atMs, promised: this.promised.has(claimId) });
    if (played.work.left !== undefined) this.promised.delete(claimId);
    this.advance(atMs);
  }

  /** What all the work of a feature or run is expected to take: as long as it has not ended in fact, that counts. */
  expect(owner: Owner, ms: number): void {
    this.expectedMs.set(workKey(owner), ms);
  }

  /** So much of its work was lost by giving way, or was nothing but stopping and going on: it would not have been done. */
  lost(owner: Owner, ms: number): void {
    const played = this.known(owner);
    if (played !== undefined) played.work = { ...played.work, workedMs: played.work.workedMs - ms };
  }

  /** The work of a feature or run has ended, whatever it promised: it does not come back. */
  finished(owner: Owner): void {
    const played = this.known(owner);
    if (played?.work.left === undefined) return;
    played.work = { ...played.work, left: { ...played.work.left, comesBack: false } };
  }

  /** Undefined for an owner that never asked for anything. */
  standing(owner: Owner, at: string): Standing | undefined {
    const atMs = Date.parse(at);
    this.advance(atMs);
    const works = this.missions.get(owner.missionId) ?? [];
    const place = works.findIndex(({ work }) => work.key === workKey(owner));
    const played = works[place];
    if (played === undefined) return undefined;
    const ahead = (some: readonly Played[]): number => some.reduce((sum, one) => sum + aheadMs(one, atMs), 0);
    const inLineMs = played.askedMs === undefined ? -1 - ahead(works.slice(0, place)) : atMs - played.askedMs;
    return { inLineMs, aheadMs: ahead(works) };
  }

  private known(owner: Owner): Played | undefined {
    return this.missions.get(owner.missionId)?.find(({ work }) => work.key === workKey(owner));
  }

  private playedOf(claim: Claim, atMs: number): Played {
    const { owner } = claim;
    const known = this.known(owner);
    if (known !== undefined) return known;
    const works = this.missions.get(owner.missionId) ?? [];
    const before = works.at(-1);
    if (before !== undefined) this.finished(before.work.owner);
    const gapMs = before?.work.left === undefined ? 0 : atMs - before.work.left.atMs;
    const played = { work: newWork(claim, atMs, gapMs) };
    this.missions.set(owner.missionId, [...works, played]);
    return played;
  }

  private advance(toMs: number): void {
    for (;;) {
      const [next] = [...this.missions.values()]
        .flatMap((works) => this.nextOf(works, toMs))
        .sort((a, b) => a.atMs - b.atMs);
      if (next === undefined || next.atMs > toMs) break;
      this.nowMs = Math.max(this.nowMs, next.atMs);
      if (next.played.askedMs === undefined) this.ask(next.played);
      else this.finish(next.played);
    }
    this.nowMs = Math.max(this.nowMs, toMs);
  }

  /** What one mission would do next, and when; nothing while it would wait, or nobody knows how long it works. */
  private nextOf(
    works: readonly Played[],
    toMs: number,
  ): readonly { readonly played: Played; readonly atMs: number }[] {
    const place = works.findIndex(({ doneMs }) => doneMs === undefined);
    const played = works[place];
    if (played === undefined) return [];
    const { work, askedMs, heldMs } = played;
    if (askedMs === undefined)
      return [{ played, atMs: Math.max(work.askedMs, (works[place - 1]?.doneMs ?? 0) + work.gapMs) }];
    if (heldMs === undefined) return [];
    const hasEnded =
      work.left !== undefined && (!work.left.comesBack || toMs >= work.left.atMs + comesBackMs);
    if (hasEnded) return [{ played, atMs: heldMs + work.workedMs }];
    const expectedMs = this.expectedMs.get(work.key) ?? Infinity;
    // Who is still at it beyond what was expected takes longer there too; nobody knows how much.
    const isLonger = work.sinceMs !== undefined && workedUntil(work, toMs) >= expectedMs;
    return isLonger || expectedMs === Infinity ? [] : [{ played, atMs: heldMs + expectedMs }];
  }

  private ask(played: Played): void {
    played.askedMs = this.nowMs;
    const { key: claimId, owner, resources } = played.work;
    const data = { claimId, owner, resources, ttlMs: 1000 };
    const isTaken = this.decide(scopeOf(resources), { type: 'RequestClaim', data });
    if (!isTaken) played.heldMs = this.nowMs;
  }

  private finish(played: Played): void {
    played.doneMs = this.nowMs;
    const { key: claimId, resources } = played.work;
    const token = this.ledgers.get(scopeOf(resources))?.held.get(claimId)?.token;
    if (token !== undefined)
      this.decide(scopeOf(resources), { type: 'ReleaseClaim', data: { claimId, token } });
  }

  private sizePool({ resource, capacity }: { readonly resource: string; readonly capacity: number }): void {
    this.decide(scopeOf([{ resource, mode: 'X' }]), { type: 'SizePool', data: { resource, capacity } });
  }

  /** Whether it was taken; what is refused would not have been in anybody's way. */
  private decide(scope: string, command: LeasingCommand): boolean {
    const ledger = this.ledgers.get(scope) ?? emptyLedger;
    const context = { at: new Date(this.nowMs).toISOString(), lockDelayMs: 0, cycleTalkMs: 0 };
    try {
      const events = decide(command, ledger, context);
      this.ledgers.set(scope, events.reduce(evolve, ledger));
      for (const event of events) if (event.type === 'LockGranted') this.granted(event.data);
      return true;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      return false;
    }
  }

  private granted({ claimId, owner }: Claim): void {
    const played = this.missions.get(owner.missionId)?.find(({ work }) => work.key === claimId);
    if (played !== undefined) played.heldMs = this.nowMs;
  }
}

function aheadMs({ work, heldMs, doneMs }: Played, atMs: number): number {
  if (doneMs !== undefined) return 0;
  return workedUntil(work, atMs) - (heldMs === undefined ? 0 : atMs - heldMs);
}
