import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import pg from 'pg';

export interface GrantLoginOptions {
  /** As somebody who may alter roles. */
  readonly connectionString: string;
  readonly role: string;
  readonly password: string;
}

const ATTEMPTS = 5;
const ITERATIONS = 4_096;

/** Lets a role log in with a password; the password itself never reaches the server or its log. Safe to repeat. */
export async function grantLogin({ connectionString, role, password }: GrantLoginOptions): Promise<void> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 10_000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const verifier = pg.escapeLiteral(scramVerifier(password, randomBytes(16)));
    await alterRole(client, `alter role ${pg.escapeIdentifier(role)} login password ${verifier}`);
  } finally {
    await client.end();
  }
}

/** Roles are shared by the cluster, and two changes of one at the same moment end in "tuple concurrently updated". */
async function alterRole(client: pg.Client, sql: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await client.query(sql);
      return;
    } catch (error) {
      const concurrent = error instanceof Error && error.message.includes('tuple concurrently updated');
      if (!concurrent || attempt === ATTEMPTS) throw error;
    }
  }
}

/** What Postgres keeps of a password (RFC 5803). */
function scramVerifier(password: string, salt: Buffer): string {
  const salted = pbkdf2Sync(password.normalize('NFKC'), salt, ITERATIONS, 32, 'sha256');
  const clientKey = createHmac('sha256', salted).update('Client Key').digest();
  const storedKey = createHash('sha256').update(clientKey).digest('base64');
  const serverKey = createHmac('sha256', salted).update('Server Key').digest('base64');
  return `SCRAM-SHA-256$${String(ITERATIONS)}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
}
