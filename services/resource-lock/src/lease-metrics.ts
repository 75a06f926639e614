import type { LeasingEvent } from '@missions/leasing';
import type { Metrics } from '@missions/runtime';
import type { LedgerDecision } from './application/decide-on-ledger.ts';

/** How long claims wait, how long grants are held, and what becomes of negotiations. */
export class LeaseMetrics {
  private readonly wait;
  private readonly hold;
  private readonly negotiations;
  private readonly denied;

  constructor(metrics: Metrics) {
    this.wait = metrics.seconds('missions_lock_wait_seconds', 'From asking for resources to their grant', []);
    this.hold = metrics.seconds('missions_lock_hold_seconds', 'From a grant to its end', ['end']);
    this.negotiations = metrics.counter('missions_negotiations_total', 'Negotiations that ended', [
      'cause',
      'outcome',
    ]);
    this.denied = metrics.counter(
      'missions_locks_denied_total',
      'Claims that lost their place to a circle',
      [],
    );
  }

  observe({ before, events, at }: LedgerDecision): void {
    for (const event of events) this.observeEvent(event, before, at);
  }

  private observeEvent({ type, data }: LeasingEvent, before: LedgerDecision['before'], at: string): void {
    switch (type) {
      case 'LockGranted': {
        const waiting = before.queue.find(({ claimId }) => claimId === data.claimId);
        this.wait.observe(secondsBetween(waiting?.requestedAt ?? at, at));
        return;
      }
      case 'LockReleased':
      case 'LockExpired':
      case 'LockRevoked': {
        const held = before.held.get(data.claimId);
        if (held) this.hold.observe({ end: ends[type] }, secondsBetween(held.grantedAt, at));
        return;
      }
      case 'NegotiationSettled':
      case 'NegotiationFailed': {
        const cause = before.talk.open.get(data.negotiationId)?.cause ?? 'wait';
        this.negotiations.inc({ cause, outcome: 'reason' in data ? data.reason : 'settled' });
        return;
      }
      case 'LockDenied':
        this.denied.inc();
        return;
      default:
        return;
    }
  }
}

const ends = { LockReleased: 'released', LockExpired: 'expired', LockRevoked: 'revoked' } as const;

function secondsBetween(from: string, to: string): number {
  return Math.max(0, Date.parse(to) - Date.parse(from)) / 1000;
}
