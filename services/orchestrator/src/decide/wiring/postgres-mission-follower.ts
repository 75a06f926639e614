import { DomainError } from '@missions/kernel';
import { openRun, type Mission } from '@missions/mission';
import { followMission } from '@missions/runs/postgres';
import { sql, type QueryExecutorProvider } from 'kysely';
import type { MissionFollower } from '../application/handle-mission-command.ts';

/**
 * The rows beside a mission's stream. `rows` is the transaction the store opened: a kysely one, on Postgres. Refuses with
 * `LOCK_LOST` the result of a run whose ledgers have ended a claim of it, although its mission has not heard of that yet.
 */
export class PostgresMissionFollower implements MissionFollower<unknown> {
  constructor(private readonly leaseTtlMs: number) {}

  async follow(rows: unknown, before: Mission, after: Mission): Promise<void> {
    const claimIds = claimsBehindResult(before, after);
    if (claimIds.length > 0) await requireClaims(rows as QueryExecutorProvider, claimIds);
    await followMission(rows as QueryExecutorProvider, { before, after, leaseTtlMs: this.leaseTtlMs });
  }

  async versionOf(rows: unknown, eventId: string): Promise<number | undefined> {
    const found = await sql<{ version: number }>`select version from event where id = ${eventId}`.execute(
      rows as QueryExecutorProvider,
    );
    return found.rows[0]?.version;
  }
}

/** What a run held that ends with a result now. */
function claimsBehindResult(before: Mission, after: Mission): readonly string[] {
  const run = openRun(before);
  if (!run || after.runs[run.id]?.status !== 'handed_off') return [];
  return [run.lock, ...(run.asks ?? [])].flatMap((claim) => (claim?.granted ? [claim.claimId] : []));
}

async function requireClaims(rows: QueryExecutorProvider, claimIds: readonly string[]): Promise<void> {
  const { rows: found } = await sql<{ held: boolean }>`select holds_claims(${[...claimIds]}) as held`.execute(
    rows,
  );
  if (found[0]?.held === true) return;
  throw new DomainError(
    'LOCK_LOST',
    'The lease of what the run shares has ended; its result does not count.',
    { claimIds },
  );
}
