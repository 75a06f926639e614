import { grantLogin, migrate } from '@missions/event-store/postgres';
import { DATABASE_ROLES, type Credentials } from '@missions/local';

/** Applies the migrations a database lacks; safe to repeat. */
export async function migrateDatabase(databaseUrl: string, directory: string): Promise<void> {
  await migrate({ connectionString: databaseUrl, directory });
}

/** Lets every service log in with the password this machine keeps for it. */
export async function grantServiceLogins(databaseUrl: string, credentials: Credentials): Promise<void> {
  for (const role of Object.values(DATABASE_ROLES)) {
    const password = credentials.rolePasswords[role] ?? '';
    await grantLogin({ connectionString: databaseUrl, role, password });
  }
}
