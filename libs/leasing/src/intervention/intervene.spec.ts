import { deciderSpec } from '@missions/testing/given-when-then';
import type { Claim } from '../claim.ts';
import { leasing, type LeasingContext } from '../decide.ts';
import type { LeasingCommand } from '../leasing.commands.ts';
import type { LeasingEvent } from '../leasing.events.ts';
import { emptyLedger, evolve } from '../ledger.ts';
import { ledgerView } from '../ledger-view.ts';
import { alone } from '../testing/wants.ts';

const at = '2026-01-01T00:00:00.000Z';
const now: LeasingContext = { at, lockDelayMs: 10_000, cycleTalkMs: 5000 };
const given = deciderSpec(leasing);

const claim: Claim = {
  claimId: 'ada',
  owner: { missionId: 'm-1' },
  resources: alone('path:/r/main/src'),
  ttlMs: 20_000,
};
const held: readonly LeasingEvent[] = [
  { type: 'LockRequested', data: { ...claim, requestedAt: at } },
  { type: 'LockGranted', data: { ...claim, grantedAt: at } },
];
const by = { kind: 'person', id: 'eva' } as const;
const revoked: LeasingEvent = {
  type: 'LockRevoked',
  data: { ...claim, token: 2, by, reason: 'It hangs.', revokedAt: at, closed: [] },
};

describe('a grant that a person revoked', () => {
  it.each<LeasingCommand>([
    { type: 'ReleaseClaim', data: { claimId: 'ada', token: 2 } },
    { type: 'ExpireLease', data: { claimId: 'ada', token: 2 } },
  ])('is refused to its holder with who revoked it and why: $type', (asked) => {
    const refusal = given(...held, revoked)
      .when(asked, now)
      .thenRefuses('CLAIM_ENDED');
    expect(refusal.message).toContain('revoked by eva: It hangs.');
    expect(refusal.evidence).toEqual({ claimId: 'ada', how: 'revoked', by: 'eva', reason: 'It hangs.' });
  });
});

describe('a grant that a person extended', () => {
  const extended = (until: string): LeasingEvent => ({
    type: 'LockExtended',
    data: { ...claim, token: 2, by, reason: 'Nearly done.', until, extendedAt: at },
  });
  const keptUntil = (...events: readonly LeasingEvent[]): string | undefined =>
    ledgerView('r', [...held, ...events].reduce(evolve, emptyLedger), at).held[0]?.keptUntil;

  it('shows until when it is kept at least; a shorter extension takes nothing back', () => {
    const [soon, late] = ['2026-01-01T00:01:00.000Z', '2026-01-01T00:05:00.000Z'];
    expect(keptUntil()).toBeUndefined();
    expect(keptUntil(extended(soon))).toBe(soon);
    expect(keptUntil(extended(late), extended(soon))).toBe(late);
  });
});
