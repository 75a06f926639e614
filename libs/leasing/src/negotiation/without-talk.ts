import { isRefusal } from '@missions/kernel';
import type { Claim } from '../claim.ts';
import { decide } from '../decide.ts';
import type { LeasingCommand } from '../leasing.commands.ts';
import { emptyLedger, evolve, type Ledger } from '../ledger.ts';
import { scopeOf } from '../want-set.ts';
import { workedUntil, type Work } from './work-in-line.ts';

/** A work and how far it would be. */
export interface Played {
  readonly work: Work;
  /** Its place in line. */
  readonly askedMs?: number;
  readonly heldMs?: number;
  readonly doneMs?: number;
  /** The works that it let pass out of goodwill, as often as it did. */
  readonly letPass?: readonly string[];
}

/** Who handed over as it promised comes back; if it has not by then, it had finished. */
const comesBackMs = 600_000;
/** Whoever moves a waiting claim has to say who it is. */
const mover = { by: { kind: 'person', id: 'precedence' }, reason: 'It has this place.' } as const;
/** After this nobody asks any more how far a mission would be that has nothing left to do, here and in fact. */
const forgottenMs = 86_400_000;

/** What would have become of the works of all missions if nobody ever gave way: the same claims, first come, first served. */
export class WithoutTalk {
  private readonly ledgers: Map<string, Ledger>;
  /** Of each mission with something left to do, in the order in which it asked. */
  private readonly missions: Map<string, readonly Played[]>;
  /** Of those that have done all that is known of them, whoever has been at rest for the longest first. */
  private readonly resting: Map<string, readonly Played[]>;
  private nowMs: number;

  constructor(of?: WithoutTalk) {
    this.ledgers = new Map(of?.ledgers);
    this.missions = new Map(of?.missions);
    this.resting = new Map(of?.resting);
    this.nowMs = of?.nowMs ?? 0;
  }

  worksOf(missionId: string): readonly Played[] {
    return this.missions.get(missionId) ?? this.resting.get(missionId) ?? [];
  }

  /** In the place of what is known of it, or as its mission's next. */
  put(played: Played): void {
    const { work } = played;
    const works = this.worksOf(work.owner.missionId);
    const isKnown = works.some((one) => isSame(one.work, work));
    this.keep(
      work.owner.missionId,
      isKnown ? works.map((one) => (isSame(one.work, work) ? played : one)) : [...works, played],
    );
  }

  /** It was never worked on: there is nothing to compare. */
  drop(played: Played): void {
    this.end(played);
    const { work } = played;
    this.keep(
      work.owner.missionId,
      this.worksOf(work.owner.missionId).filter((one) => !isSame(one.work, work)),
    );
  }

  /** A person gave it the place before another, or before everybody who waits in fact. */
  move(moved: Played, before: Played | undefined): void {
    const scope = scopeOf(moved.work.resources);
    const others = before === undefined ? this.waitingIn(scope) : [before];
    const firstMs = Math.min(this.nowMs, ...others.map(({ askedMs = this.nowMs }) => askedMs));
    // What would be done by now has a place nevertheless, as long as it waits in fact.
    if (moved.askedMs === undefined && moved.doneMs === undefined) this.ask(moved);
    const now = this.playedAs({ claimId: nameOf(moved.work), owner: moved.work.owner }) ?? moved;
    this.put({ ...now, askedMs: firstMs - 1 });
    this.takePlace({ ...now, askedMs: firstMs - 1 });
  }

  /** A person took it away: if it asks again, it begins anew. */
  end(played: Played): void {
    if (played.doneMs === undefined) this.finish(played);
  }

  sizePool(resource: string, capacity: number): void {
    this.decide(scopeOf([{ resource, mode: 'X' }]), { type: 'SizePool', data: { resource, capacity } });
  }

  /** Plays on until then, by what is known now. Time does not run backwards. */
  advance(toMs: number): void {
    for (;;) {
      const next = this.next(toMs);
      if (next === undefined || next.atMs > toMs) break;
      this.nowMs = Math.max(this.nowMs, next.atMs);
      if (next.played.askedMs === undefined) this.ask(next.played);
      else this.finish(next.played);
    }
    this.nowMs = Math.max(this.nowMs, toMs);
  }

  private waitingIn(scope: string): readonly Played[] {
    return [...this.missions.values(), ...this.resting.values()]
      .flat()
      .filter(({ work }) => work.waiting.size > 0 && scopeOf(work.resources) === scope);
  }

  private keep(missionId: string, works: readonly Played[]): void {
    const counting = stillCounting(works);
    this.resting.delete(missionId);
    if (counting.some(({ doneMs }) => doneMs === undefined)) {
      this.missions.set(missionId, counting);
      return;
    }
    this.missions.delete(missionId);
    if (counting.length > 0) this.resting.set(missionId, counting);
    this.forgetOldest();
  }

  private forgetOldest(): void {
    const [oldest] = this.resting;
    if (oldest === undefined) return;
    const [missionId, works] = oldest;
    if (works.some(({ doneMs }) => doneMs === undefined || this.nowMs <= doneMs + forgottenMs)) return;
    this.resting.delete(missionId);
    const hasLeft = works.every(({ work }) => work.left !== undefined);
    // One that still waits in fact is not in the way of those behind it.
    if (!hasLeft) this.resting.set(missionId, works);
  }

  private next(toMs: number): Step | undefined {
    let first: Step | undefined;
    for (const works of this.missions.values()) {
      const step = nextOf(works, toMs);
      if (step !== undefined && (first === undefined || step.atMs < first.atMs)) first = step;
    }
    return first;
  }

  private ask(played: Played): void {
    const { work } = played;
    const leadMs = work.isAhead ? Math.max(0, this.nowMs - work.askedMs) : work.leadMs;
    const asked = { ...played, askedMs: this.nowMs - leadMs };
    this.put(asked);
    const { owner, resources } = work;
    const data = { claimId: nameOf(work), owner, resources, ttlMs: 1000 };
    const isTaken = this.decide(scopeOf(resources), { type: 'RequestClaim', data });
    if (isTaken) this.takePlace(asked);
    else this.put({ ...asked, heldMs: this.nowMs });
  }

  /** Before whoever waits and has a later place. */
  private takePlace({ work, askedMs = 0 }: Played): void {
    const [scope, claimId] = [scopeOf(work.resources), nameOf(work)];
    const queue = this.ledgers.get(scope)?.queue ?? [];
    if (!queue.some((waiting) => waiting.claimId === claimId)) return;
    const later = queue.find((waiting) => (this.playedAs(waiting)?.askedMs ?? 0) > askedMs);
    if (later !== undefined)
      this.decide(scope, { type: 'MoveWaiter', data: { claimId, before: later.claimId, ...mover } });
  }

  private finish(played: Played): void {
    this.put({ ...played, doneMs: this.nowMs });
    const scope = scopeOf(played.work.resources);
    const claimId = nameOf(played.work);
    const token = this.ledgers.get(scope)?.held.get(claimId)?.token;
    if (token !== undefined) this.decide(scope, { type: 'ReleaseClaim', data: { claimId, token } });
    else if (played.askedMs !== undefined) this.decide(scope, { type: 'WithdrawClaim', data: { claimId } });
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

  private granted(claim: Claim): void {
    const played = this.playedAs(claim);
    if (played !== undefined) this.put({ ...played, heldMs: this.nowMs });
  }

  private playedAs({ claimId, owner }: Pick<Claim, 'claimId' | 'owner'>): Played | undefined {
    return this.worksOf(owner.missionId).find(({ work }) => nameOf(work) === claimId);
  }
}

interface Step {
  readonly played: Played;
  readonly atMs: number;
}

/** What one mission would do next, and when; nothing while it would wait, or nobody knows how long it works. */
function nextOf(works: readonly Played[], toMs: number): Step | undefined {
  const place = works.findIndex(({ doneMs }) => doneMs === undefined);
  const played = works[place];
  if (played === undefined) return undefined;
  const { work, askedMs, heldMs } = played;
  if (askedMs === undefined)
    return { played, atMs: Math.max(work.askedMs, (works[place - 1]?.doneMs ?? 0) + work.gapMs) };
  if (heldMs === undefined) return undefined;
  if (hasEnded(work, toMs)) return { played, atMs: heldMs + work.workedMs };
  const { expectedMs } = work;
  if (expectedMs === undefined) return undefined;
  // Who is still at it beyond what was expected takes longer there too; nobody knows how much.
  const isLonger = work.sinceMs !== undefined && workedUntil(work, toMs) >= expectedMs;
  return isLonger ? undefined : { played, atMs: heldMs + expectedMs };
}

/** Without the first ones that are over here and in fact: nobody is late or ahead by them. The last says when the next begins. */
function stillCounting(works: readonly Played[]): readonly Played[] {
  const first = works.findIndex((played) => played.doneMs === undefined || !isOver(played));
  const from = first < 0 ? works.length - 1 : first - 1;
  return from > 0 ? works.slice(from) : works;
}

/** It let everything go in fact, and has not come back in time if it was made to. */
export function hasEnded({ left }: Work, atMs: number): boolean {
  return left !== undefined && (!left.comesBack || atMs >= left.atMs + comesBackMs);
}

/** It let everything go in fact, and was not made to. */
export function isOver({ work: { left } }: Played): boolean {
  return left !== undefined && !left.comesBack;
}

function isSame(one: Work, other: Work): boolean {
  return one.key === other.key && one.askedMs === other.askedMs;
}

// A feature that asks again after all of it was over there begins anew.
function nameOf({ key, askedMs }: Work): string {
  return `${key} ${String(askedMs)}`;
}
