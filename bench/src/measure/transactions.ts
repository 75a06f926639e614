import { asAdmin } from '../ground/log-database.ts';

/** How many transactions one hop took. */
export interface Transactions {
  /** That appended to the mission's stream. */
  readonly appending: number;
  /** That were given an id, because they wrote anything anywhere on the server. */
  readonly writing: number;
}

export interface TransactionCount {
  /** What happened since the count began, by hop. */
  readonly perHop: (hops: number) => Promise<Transactions>;
}

interface Counters {
  readonly writing: string;
  readonly appending: string;
}

/** Begins to count: ids handed out by the server, and those found in the rows of one stream. */
export async function countTransactions(adminUrl: string, stream: string): Promise<TransactionCount> {
  const before = await counters(adminUrl, stream);
  return {
    perHop: async (hops) => {
      const after = await counters(adminUrl, stream);
      return {
        appending: (Number(after.appending) - Number(before.appending)) / hops,
        writing: (Number(after.writing) - Number(before.writing)) / hops,
      };
    },
  };
}

async function counters(adminUrl: string, stream: string): Promise<Counters> {
  const [row] = await asAdmin<Counters & Record<string, string>>(
    adminUrl,
    `select pg_snapshot_xmax(pg_current_snapshot())::text as writing,
      (select count(distinct tx) from event where stream = '${stream}')::text as appending`,
  );
  if (!row) throw new Error('The server did not count.');
  return row;
}
