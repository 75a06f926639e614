import type { LeaseView, LiveRunView } from '@missions/contracts';
import { sql, type QueryExecutorProvider } from 'kysely';
import type { LiveValues } from '../ports/live-values.ts';

/** A lease of a run, as the desk of runs reads it. */
interface LiveRunRow {
  readonly runId: string;
  readonly holder: string;
  readonly turn: number | undefined;
  readonly lastLine: string | undefined;
  readonly contextPct: number | undefined;
  readonly costUsd: number | undefined;
  readonly renewedAt: Date;
  readonly movedAt: Date;
}

export type ReadLiveRuns = (missionId?: string) => Promise<readonly LiveRunRow[]>;

interface LeaseRow {
  readonly scope: string;
  readonly claim_id: string;
  readonly token: number;
  readonly holder: string;
  readonly expires_at: Date;
}

export class PostgresLiveValues implements LiveValues {
  constructor(
    private readonly database: QueryExecutorProvider,
    private readonly liveRuns: ReadLiveRuns,
  ) {}

  async runs(missionId?: string): Promise<ReadonlyMap<string, LiveRunView>> {
    const rows = await this.liveRuns(missionId);
    return new Map(rows.map((row) => [row.runId, liveRun(row)]));
  }

  // From ledger to ledger along the index, whatever number of events they have.
  async scopes(): Promise<readonly string[]> {
    const { rows } = await sql<{ readonly stream: string }>`
      with recursive ledger(stream) as (
        (select stream from event where stream > 'resources-' order by stream limit 1)
        union all
        select (select event.stream from event where event.stream > ledger.stream order by event.stream limit 1)
        from ledger where starts_with(ledger.stream, 'resources-')
      )
      select stream from ledger where starts_with(stream, 'resources-')`.execute(this.database);
    return rows.map(({ stream }) => stream.slice('resources-'.length));
  }

  async now(): Promise<string> {
    const { rows } = await sql<{ readonly now: Date }>`select clock_timestamp() as now`.execute(
      this.database,
    );
    const [row] = rows;
    if (row === undefined) throw new Error('The database did not say what time it is.');
    return row.now.toISOString();
  }

  async leases(): Promise<readonly LeaseView[]> {
    const { rows } = await sql<LeaseRow>`
      select scope, claim_id, token, holder, expires_at from resource_lease order by scope, claim_id`.execute(
      this.database,
    );
    return rows.map(({ scope, claim_id, token, holder, expires_at }) => ({
      scope,
      claimId: claim_id,
      token,
      holder,
      expiresAt: expires_at.toISOString(),
    }));
  }
}

function liveRun({
  holder,
  turn,
  lastLine,
  contextPct,
  costUsd,
  renewedAt,
  movedAt,
}: LiveRunRow): LiveRunView {
  return {
    holder,
    renewedAt: renewedAt.toISOString(),
    movedAt: movedAt.toISOString(),
    ...(turn !== undefined && { turn }),
    ...(lastLine !== undefined && { lastLine }),
    ...(contextPct !== undefined && { contextPct }),
    ...(costUsd !== undefined && { costUsd }),
  };
}
