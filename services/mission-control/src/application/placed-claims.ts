import type { LockLedger } from '@missions/contracts';
import { sameOwner, type Blocker } from '@missions/leasing';

/** A claim, held or waiting, with the claims that it waits for. */
export interface PlacedClaim extends Pick<Blocker, 'claimId' | 'owner' | 'resources'> {
  readonly scope: string;
  /** In a queue, or to hold alone what it reads. */
  readonly waits: boolean;
  readonly before: readonly PlacedClaim[];
}

/** The claims of all ledgers. */
export function placedClaims(ledgers: readonly LockLedger[]): readonly PlacedClaim[] {
  return ledgers.flatMap((ledger) => {
    const { scope, held, queue, waits } = ledger;
    const waiting = new Set(waits.map(({ claimId }) => claimId));
    const claims = new Map(
      [...held, ...queue].map(({ claimId, owner, resources }) => {
        const before: PlacedClaim[] = [];
        return [claimId, { scope, claimId, owner, resources, before, waits: waiting.has(claimId) }];
      }),
    );
    for (const [claimId, behind] of blockers(ledger))
      claims.get(claimId)?.before.push(...behind.flatMap((id) => claims.get(id) ?? []));
    return [...claims.values()];
  });
}

/** By each waiting claim those that it is behind; an upgrade waits for those who read beside it. */
function blockers({ held, queue, waits }: LockLedger): readonly (readonly [string, readonly string[]])[] {
  const queued = queue.map((one) => [one.claimId, [...one.holders, ...one.ahead].map(idOf)] as const);
  const upgrading = new Set(
    held.filter(({ upgradeRequestedAt }) => upgradeRequestedAt !== undefined).map(idOf),
  );
  const upgrades = waits.flatMap(({ claimId, for: readers }) => {
    if (!upgrading.has(claimId)) return [];
    const beside = held.filter(({ owner }) => readers.some((reader) => sameOwner(reader, owner)));
    return [[claimId, beside.map(idOf).filter((id) => id !== claimId)] as const];
  });
  return [...queued, ...upgrades];
}

function idOf({ claimId }: Pick<Blocker, 'claimId'>): string {
  return claimId;
}
