import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { readFileSync } from 'node:fs';
import { SetupError } from './setup-error.ts';
import type { UserIds } from './state-directory.ts';

const run = promisify(execFile);
const OWN_USER = 'missions-postgres';

/**
 * Who the servers run as: this very user when it is an ordinary one (undefined), else an existing `postgres` user, else
 * `missions-postgres`, created when missing. Postgres refuses uid 0 and needs a passwd entry.
 */
export async function serverUser(): Promise<UserIds | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  return (await lookUp('postgres')) ?? (await lookUp(OWN_USER)) ?? (await createUser());
}

async function createUser(): Promise<UserIds> {
  const command = [
    'useradd',
    '--system',
    '--user-group',
    '--no-create-home',
    '--shell',
    '/usr/sbin/nologin',
    OWN_USER,
  ];
  let cause: unknown;
  try {
    await run('useradd', command.slice(1), {
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
      timeout: 10_000,
    });
  } catch (error) {
    // Two first starts may race for the same name: the loser finds the winner's user.
    cause = error;
  }
  const user = await lookUp(OWN_USER);
  if (user !== undefined) return user;
  throw new SetupError(
    'NO_SERVER_USER',
    'Postgres does not run as root and no user for it could be created.',
    {
      remedy: `Run: ${command.join(' ')}`,
      cause,
    },
  );
}

async function lookUp(name: string): Promise<UserIds | undefined> {
  const line = process.platform === 'linux' ? passwdLine(name) : undefined;
  if (line !== undefined) return { uid: Number(line[2]), gid: Number(line[3]) };
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return undefined;
  }
}

function passwdLine(name: string): readonly string[] | undefined {
  return readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .find((fields) => fields[0] === name);
}
