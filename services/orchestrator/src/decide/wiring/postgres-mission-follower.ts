import type { Mission } from '@missions/mission';
import { followMission } from '@missions/runs/postgres';
import { sql, type QueryExecutorProvider } from 'kysely';
import type { MissionFollower } from '../application/handle-mission-command.ts';

/** The rows beside a mission's stream. `rows` is the transaction the store opened: a kysely one, on Postgres. */
export class PostgresMissionFollower implements MissionFollower<unknown> {
  constructor(private readonly leaseTtlMs: number) {}

  async follow(rows: unknown, before: Mission, after: Mission): Promise<void> {
    await followMission(rows as QueryExecutorProvider, { before, after, leaseTtlMs: this.leaseTtlMs });
  }

  async versionOf(rows: unknown, eventId: string): Promise<number | undefined> {
    const found = await sql<{ version: number }>`select version from event where id = ${eventId}`.execute(
      rows as QueryExecutorProvider,
    );
    return found.rows[0]?.version;
  }
}
