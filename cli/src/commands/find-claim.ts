import type { LockLedger } from '@missions/contracts';
import { CliError } from '../cli-error.ts';
import { exitCodes } from '../exit-codes.ts';

export type Held = LockLedger['held'][number];
type Ledgers = readonly LockLedger[];

/**
 * The grant as it is now, with its token, so that a later grant of the same claim is not meant. Refuses a claim that waits, and one
 * that nobody knows.
 */
export function findGrant(
  ledgers: Ledgers,
  claimId: string,
): { readonly scope: string; readonly grant: Held } {
  for (const { scope, held } of ledgers) {
    const grant = held.find((one) => one.claimId === claimId);
    if (grant) return { scope, grant };
  }
  if (!scopeOfQueued(ledgers, claimId)) throw unknownClaim(claimId);
  throw new CliError(`${claimId} waits: it holds nothing yet that could be taken or kept.`, {
    ...{ code: 'CLAIM_WAITING', exitCode: exitCodes.conflict, next: 'missions locks' },
  });
}

/** The scope of the queue in which a claim waits; refuses one that holds, and one that nobody knows. */
export function scopeOfWaiting(ledgers: Ledgers, claimId: string): string {
  const scope = scopeOfQueued(ledgers, claimId);
  if (scope !== undefined) return scope;
  const isHeld = ledgers.some(({ held }) => held.some((one) => one.claimId === claimId));
  if (!isHeld) throw unknownClaim(claimId);
  throw new CliError(`${claimId} holds what it asked for: only claims that wait have places in a queue.`, {
    ...{ code: 'CLAIM_GRANTED', exitCode: exitCodes.conflict, next: 'missions locks' },
  });
}

function scopeOfQueued(ledgers: Ledgers, claimId: string): string | undefined {
  return ledgers.find(({ queue }) => queue.some((one) => one.claimId === claimId))?.scope;
}

function unknownClaim(claimId: string): CliError {
  return new CliError(`${claimId} neither holds nor waits for anything.`, {
    ...{ code: 'UNKNOWN_CLAIM', exitCode: exitCodes.notFound, next: 'missions locks' },
  });
}
