import type { Claim, Owner } from '../claim.ts';
import type { LeasingEvent } from '../leasing.events.ts';
import { resumeMs } from './goodwill.ts';

/** Everything one feature or one run claims, from its first claim to its last. */
export interface Work {
  readonly key: string;
  readonly owner: Owner;
  /** What it claimed first. */
  readonly resources: Claim['resources'];
  /** What that was expected to take. */
  readonly expectedMs?: number;
  readonly askedMs: number;
  /** From the end of its mission's work before to its first claim. */
  readonly gapMs: number;
  /** It was claimed ahead, while its mission's work before is not over: nobody works under it yet. */
  readonly isAhead: boolean;
  /** How long before the end of that work it was claimed. */
  readonly leadMs: number;
  /** Claims that are held, and those that wait, also to be alone with what they hold. */
  readonly held: ReadonlySet<string>;
  readonly waiting: ReadonlySet<string>;
  /** How long it has worked, up to `sinceMs` if it works now. */
  readonly workedMs: number;
  readonly sinceMs?: number;
  /** How it lost the last of what it held, while it still waits for something. */
  readonly lost?: Ending;
  readonly left?: Left;
}

/** It let everything go. */
interface Left extends Ending {
  readonly atMs: number;
}

interface Ending {
  /** A person took it away: it begins anew if it asks again. */
  readonly isTaken: boolean;
  /** Whether it will ask again, because it did not choose to. */
  readonly comesBack: boolean;
  /** It worked under what it let go, and has to find its way back into that. */
  readonly hadBegun: boolean;
}

/** A feature is the same work in all of its runs; of a claim that names none its owner is the work. */
export function workKey({ owner, work }: Pick<Claim, 'owner' | 'work'>): string {
  const { missionId, featureId, runId } = owner;
  return `${missionId} ${work?.id ?? featureId ?? runId ?? ''}`;
}

export function newWork(
  claim: Pick<Claim, 'owner' | 'work' | 'resources'>,
  askedMs: number,
  before: Work | undefined,
): Work {
  const { owner, resources, work } = claim;
  return {
    key: workKey(claim),
    owner,
    resources,
    ...(work?.expectedMs !== undefined && { expectedMs: work.expectedMs }),
    askedMs,
    gapMs: before?.left === undefined ? 0 : askedMs - before.left.atMs,
    isAhead: before !== undefined && before.left === undefined,
    leadMs: 0,
    held: new Set(),
    waiting: new Set(),
    workedMs: 0,
  };
}

export function workedUntil({ workedMs, sinceMs }: Work, atMs: number): number {
  return workedMs + (sinceMs === undefined ? 0 : atMs - sinceMs);
}

/** The work after an event about one of its claims. Time counts while something is held and nothing is waited for. */
export function workAfter(
  work: Work,
  event: ClaimEvent,
  { atMs, promised }: { readonly atMs: number; readonly promised: boolean },
): Work {
  const { claimId } = event.data;
  const held = new Set(work.held);
  const waiting = new Set(work.waiting);
  waiting.delete(claimId);
  if (event.type === 'LockRequested' || event.type === 'LockUpgradeRequested') waiting.add(claimId);
  if (event.type === 'LockGranted') held.add(claimId);
  const isLost = endings.has(event.type) && held.delete(claimId);
  const { left: before, sinceMs: _since, lost: lostBefore, ...rest } = { ...work, held, waiting };
  const workedMs = workedUntil(work, atMs) - (before?.comesBack === true && before.hadBegun ? resumeMs : 0);
  const ending = endingOf(event, { promised, hadBegun: isLost && workedMs > 0 });
  const lost = isLost ? ending : lostBefore;
  if (waiting.size > 0) return { ...rest, workedMs, ...(held.size === 0 && lost !== undefined && { lost }) };
  if (held.size > 0) return { ...rest, workedMs, ...(!work.isAhead && { sinceMs: atMs }) };
  return { ...rest, workedMs, left: { atMs, ...(lost ?? ending) } };
}

/** The mission's work before is over. */
export function noLongerAhead(work: Work, atMs: number): Work {
  const works = work.held.size > 0 && work.waiting.size === 0;
  return { ...work, isAhead: false, leadMs: atMs - work.askedMs, ...(works && { sinceMs: atMs }) };
}

function endingOf(
  event: ClaimEvent,
  { promised, hadBegun }: { readonly promised: boolean; readonly hadBegun: boolean },
): Ending {
  const isTaken = event.type === 'LockRevoked';
  // Who names the commit that its work led to is done with it, whatever was promised.
  const isDone = event.type === 'LockReleased' && (!promised || event.data.change !== undefined);
  return { isTaken, comesBack: !isTaken && !isDone, hadBegun };
}

const endings: ReadonlySet<string> = new Set([
  'LockReleased',
  'LockExpired',
  'LockRevoked',
  'LockWithdrawn',
  'LockDenied',
]);

/** What changes whether an owner works or waits. */
export type ClaimEvent = Extract<
  LeasingEvent,
  {
    type:
      | 'LockRequested'
      | 'LockGranted'
      | 'LockReleased'
      | 'LockExpired'
      | 'LockRevoked'
      | 'LockWithdrawn'
      | 'LockDenied'
      | 'LockUpgradeRequested'
      | 'LockUpgraded';
  }
>;

/** The event if it is one of these, and when it happened. */
export function claimEventOf(
  event: LeasingEvent,
): { readonly event: ClaimEvent; readonly at: string } | undefined {
  switch (event.type) {
    case 'LockRequested':
    case 'LockUpgradeRequested':
      return { event, at: event.data.requestedAt };
    case 'LockGranted':
      return { event, at: event.data.grantedAt };
    case 'LockUpgraded':
      return { event, at: event.data.upgradedAt };
    case 'LockReleased':
      return { event, at: event.data.releasedAt };
    case 'LockExpired':
      return { event, at: event.data.expiredAt };
    case 'LockRevoked':
      return { event, at: event.data.revokedAt };
    case 'LockWithdrawn':
      return { event, at: event.data.withdrawnAt };
    case 'LockDenied':
      return { event, at: event.data.deniedAt };
    default:
      return undefined;
  }
}
