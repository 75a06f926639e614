import type { Mission } from '@missions/mission';
import { followMission } from '@missions/runs/postgres';
import { sql, type Kysely } from 'kysely';
import type { MissionFollower } from '../application/handle-mission-command.ts';

export class PostgresMissionFollower implements MissionFollower<Kysely<unknown>> {
  constructor(private readonly leaseTtlMs: number) {}

  async follow(rows: Kysely<unknown>, before: Mission, after: Mission): Promise<void> {
    await followMission(rows, { before, after, leaseTtlMs: this.leaseTtlMs });
  }

  async versionOf(rows: Kysely<unknown>, eventId: string): Promise<number | undefined> {
    const found = await sql<{ version: number }>`select version from event where id = ${eventId}`.execute(
      rows,
    );
    const version = found.rows[0]?.version;
    return version === undefined ? undefined : Number(version);
  }
}
