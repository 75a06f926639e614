import type { EndedClaim } from './ended-claims.ts';
import type { HeldClaim, Ledger } from './ledger.ts';
import { waitingClaim } from './queue.ts';
import * as refusals from './refusals.ts';

/**
 * The grant this token holds; refuses any other token, and claims that do not hold. Nothing when the claim has ended in
 * the way the caller wants it to end, so that a repeat changes nothing.
 */
export function heldWith(
  { claimId, token }: { readonly claimId: string; readonly token: number },
  ledger: Ledger,
  { unlessEnded }: { readonly unlessEnded?: EndedClaim['how'] } = {},
): HeldClaim | undefined {
  const grant = ledger.held.get(claimId);
  if (grant !== undefined && grant.token !== token) throw refusals.wrongToken(claimId, token, grant.token);
  if (grant !== undefined) return grant;
  if (waitingClaim(ledger, claimId) !== undefined) throw refusals.claimWaiting(claimId);
  const end = ledger.ended.get(claimId);
  if (end === undefined) throw refusals.unknownClaim(claimId);
  if (end.how === unlessEnded && end.token === token) return undefined;
  throw refusals.claimEnded(claimId, end.how, end.revocation);
}
