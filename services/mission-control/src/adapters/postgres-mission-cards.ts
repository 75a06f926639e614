import { missionCardSchema, type MissionCard } from '@missions/contracts';
import { sql, type QueryExecutorProvider } from 'kysely';
import type { MissionCards } from '../ports/mission-cards.ts';

/** `rows` is the transaction the consumer opened: a kysely one, on Postgres. */
export class PostgresMissionCards implements MissionCards {
  constructor(private readonly database: QueryExecutorProvider) {}

  async all(): Promise<readonly MissionCard[]> {
    const { rows } = await sql<{ card: unknown }>`
      select card from mission_card order by needs_you desc, updated_at desc, mission_id`.execute(
      this.database,
    );
    return rows.map(({ card }) => missionCardSchema.parse(card));
  }

  async seqIn(rows: unknown, missionId: string): Promise<number> {
    const found = await sql<{ seq: number }>`
      select seq from mission_card where mission_id = ${missionId}`.execute(rows as QueryExecutorProvider);
    return found.rows[0]?.seq ?? 0;
  }

  async put(rows: unknown, card: MissionCard): Promise<void> {
    const { id, seq, needsYou, updatedAt } = card;
    await sql`
      insert into mission_card (mission_id, seq, needs_you, updated_at, card)
      values (${id}, ${seq}, ${needsYou !== undefined}, ${updatedAt}, ${JSON.stringify(card)}::jsonb)
      on conflict (mission_id) do update set seq = excluded.seq, needs_you = excluded.needs_you,
        updated_at = excluded.updated_at, card = excluded.card
      where mission_card.seq < excluded.seq`.execute(rows as QueryExecutorProvider);
  }
}
