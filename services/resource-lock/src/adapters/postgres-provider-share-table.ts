import { rateSchema, type LiveShare } from '@missions/leasing';
import { sql, type QueryExecutorProvider } from 'kysely';
import type { AccountState, LentShare, ProviderShareTable } from '../ports/provider-share-table.ts';

interface AccountRow {
  readonly version: string;
  readonly learned: unknown;
  readonly paused_ms: number;
  readonly others: readonly { readonly demand: unknown; readonly share: unknown }[];
  readonly alone: boolean;
}

const unknownAccount: AccountState = { version: 0, learned: {}, others: [], alone: true, pausedMs: 0 };

/** Shares as rows; two statements a decision, and the second counts only if nobody decided in between. */
export class PostgresProviderShareTable implements ProviderShareTable {
  constructor(private readonly db: QueryExecutorProvider) {}

  // What a provider told an hour ago may have been raised since: then it is asked for again by using it.
  async read(account: string, replica: string): Promise<AccountState> {
    const { rows } = await sql<AccountRow>`
      select version,
        case when learned_at > clock_timestamp() - interval '1 hour' then learned else '{}'::jsonb end as learned,
        coalesce(greatest(0, ceil(extract(epoch from paused_until - clock_timestamp()) * 1000)), 0)::float8 as paused_ms,
        coalesce((select jsonb_agg(jsonb_build_object('demand', demand, 'share', share)) from provider_share
          where account = ${account} and replica <> ${replica} and expires_at > clock_timestamp()), '[]') as others,
        not exists (select from provider_share
          where account = ${account} and replica <> ${replica}
            and expires_at > clock_timestamp() - interval '1 minute') as alone
      from provider_account where account = ${account}`.execute(this.db);
    const [row] = rows;
    if (row === undefined) return unknownAccount;
    return {
      version: Number(row.version),
      learned: rateSchema.parse(row.learned),
      others: row.others.map(liveShare),
      alone: row.alone,
      pausedMs: row.paused_ms,
    };
  }

  // The row of the account is locked first, so that of two decisions on one version only one finds it unchanged.
  async lend(lent: LentShare): Promise<boolean> {
    const { account, replica, version, ttlMs, pauseMs } = lent;
    const learned = lent.learned === undefined ? null : JSON.stringify(lent.learned);
    const until = sql`case when ${pauseMs} > 0 then clock_timestamp() + ${pauseMs} * interval '1 millisecond' end`;
    const { rows } = await sql<{ readonly replica: string }>`
      with decided as (
        insert into provider_account as known (account, version, learned, learned_at, paused_until)
        values (${account}, 1, coalesce(${learned}::jsonb, '{}'), clock_timestamp(), ${until})
        on conflict (account) do update set version = known.version + 1,
          learned = coalesce(${learned}::jsonb, known.learned),
          learned_at = case when ${learned}::jsonb is null then known.learned_at else clock_timestamp() end,
          paused_until = greatest(known.paused_until, excluded.paused_until)
        where known.version = ${version}
        returning account
      ), forgotten as (
        delete from provider_share where account = (select account from decided)
          and replica <> ${replica} and expires_at < clock_timestamp() - interval '1 minute'
      )
      insert into provider_share (account, replica, demand, share, expires_at)
      select account, ${replica}, ${JSON.stringify(lent.demand)}::jsonb, ${JSON.stringify(lent.share)}::jsonb,
        clock_timestamp() + ${ttlMs} * interval '1 millisecond'
      from decided
      on conflict (account, replica) do update set
        demand = excluded.demand, share = excluded.share, expires_at = excluded.expires_at
      returning replica`.execute(this.db);
    return rows.length === 1;
  }

  async giveBack(account: string, replica: string): Promise<void> {
    await sql`
      update provider_share set expires_at = clock_timestamp()
      where account = ${account} and replica = ${replica} and expires_at > clock_timestamp()`.execute(
      this.db,
    );
  }
}

function liveShare({ demand, share }: AccountRow['others'][number]): LiveShare {
  return { demand: rateSchema.parse(demand), share: rateSchema.parse(share) };
}
