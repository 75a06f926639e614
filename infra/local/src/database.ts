import pg from 'pg';

export const DATABASE = 'missions';

/** Makes the product's database when missing and answers its URL with the same login. */
export async function ensureDatabase(serverUrl: string): Promise<string> {
  await withClient(serverUrl, async (client) => {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`create database ${DATABASE}`);
  });
  const url = new URL(serverUrl);
  url.pathname = `/${DATABASE}`;
  return url.href;
}

/** Lets the roles that the migrations made log in with these passwords; a role that does not exist is left out. */
export async function grantLogins(
  adminUrl: string,
  passwords: Readonly<Record<string, string>>,
): Promise<void> {
  await withClient(adminUrl, async (client) => {
    const { rows } = await client.query<{ role: string }>(
      'select rolname as role from pg_roles where rolname = any($1::text[])',
      [Object.keys(passwords)],
    );
    for (const { role } of rows) {
      const password = client.escapeLiteral(passwords[role] ?? '');
      await client.query(`alter role ${client.escapeIdentifier(role)} login password ${password}`);
    }
  });
}

/** The same database as somebody else. */
export function urlAs(adminUrl: string, role: string, password: string): string {
  const url = new URL(adminUrl);
  url.username = role;
  url.password = password;
  return url.href;
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 10_000,
    query_timeout: 30_000,
  });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
