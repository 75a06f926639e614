import { isRefusal, type DomainError } from '@missions/kernel';
import type { MissionCommandOf } from '@missions/mission';

type Revocation = Pick<MissionCommandOf<'RecordLockLoss'>['data'], 'by' | 'reason'>;

/** Of the grant that a withdrawal was too late for; whatever else it met rises. */
export function tokenOfGrant(error: unknown): number {
  const token = isRefusal(error) && error.code === 'CLAIM_GRANTED' ? error.evidence['token'] : undefined;
  if (typeof token !== 'number') throw error;
  return token;
}

/** Who took a grant from its holder and why, where that is why its renewal was refused. */
export function revocationIn({ evidence: { how, by, reason } }: DomainError): Revocation {
  return how === 'revoked' && typeof by === 'string' && typeof reason === 'string' ? { by, reason } : {};
}
