import type { Claim, Owner } from '../claim.ts';
import type { LeasingEvent } from '../leasing.events.ts';

/** Everything one feature or one run claims, from its first claim to its last. */
export interface Work {
  readonly key: string;
  readonly owner: Owner;
  /** What it claimed first. */
  readonly resources: Claim['resources'];
  readonly askedMs: number;
  /** From the end of its mission's work before to its first claim. */
  readonly gapMs: number;
  /** Claims that are held, and those that wait, also to be alone with what they hold. */
  readonly held: ReadonlySet<string>;
  readonly waiting: ReadonlySet<string>;
  /** How long it has worked, up to `sinceMs` if it works now. */
  readonly workedMs: number;
  readonly sinceMs?: number;
  /** When it last let everything go; and whether it will ask again, because it did not choose to. */
  readonly left?: { readonly atMs: number; readonly comesBack: boolean };
}

/** A feature is the same work in all of its runs. */
export function workKey({ missionId, featureId, runId }: Owner): string {
  return `${missionId} ${featureId ?? runId ?? ''}`;
}

export function newWork(claim: Claim, askedMs: number, gapMs: number): Work {
  const { owner, resources } = claim;
  const key = workKey(owner);
  return { key, owner, resources, askedMs, gapMs, held: new Set(), waiting: new Set(), workedMs: 0 };
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
  if (endings.has(event.type)) held.delete(claimId);
  const { left: _before, sinceMs: _since, ...rest } = { ...work, held, waiting };
  const workedMs = workedUntil(work, atMs);
  if (waiting.size > 0) return { ...rest, workedMs };
  if (held.size > 0) return { ...rest, workedMs, sinceMs: atMs };
  return { ...rest, workedMs, left: { atMs, comesBack: event.type !== 'LockReleased' || promised } };
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
