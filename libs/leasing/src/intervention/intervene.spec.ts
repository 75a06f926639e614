import { deciderSpec } from '@missions/testing/given-when-then';
import type { Claim } from '../claim.ts';
import { leasing, type LeasingContext } from '../decide.ts';
import type { LeasingCommand } from '../leasing.commands.ts';
import type { LeasingEvent } from '../leasing.events.ts';
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
