import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nkeys } from '@nats-io/transport-node';
import { NATS_USERS, type NatsUserName } from './nats-permissions.ts';

/** The database role each service logs in as. */
export const DATABASE_ROLES = {
  'orchestrator-decide': 'missions_decide',
  'orchestrator-agents': 'missions_agents',
  worker: 'missions_worker',
  validator: 'missions_validator',
  'resource-lock': 'missions_resource_lock',
  'mission-control': 'missions_mission_control',
} as const;

export interface NatsKey {
  readonly seed: string;
  readonly publicKey: string;
}

/** An Ed25519 pair in PEM: Mission Control signs with it what a person asked for, and the mission's owner checks it. */
export interface CommandKey {
  readonly privateKey: string;
  readonly publicKey: string;
}

/** Every secret of the local stack, generated once and kept in one private file. */
export interface Credentials {
  readonly superuserPassword: string;
  /** By database role. */
  readonly rolePasswords: Readonly<Record<string, string>>;
  readonly nats: Readonly<Record<NatsUserName, NatsKey>>;
  readonly commandKey: CommandKey;
}

/** Reads `credentials.json` (0600) of a state directory; makes it, or what a newer version needs besides, when missing. */
export function loadCredentials(stateDir: string): Credentials {
  const path = join(stateDir, 'credentials.json');
  const known = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Partial<Credentials>) : {};
  const credentials: Credentials = {
    superuserPassword: known.superuserPassword ?? password(),
    rolePasswords: Object.fromEntries(
      Object.values(DATABASE_ROLES).map((role) => [role, known.rolePasswords?.[role] ?? password()]),
    ),
    nats: Object.fromEntries(
      NATS_USERS.map((user) => [user, known.nats?.[user] ?? natsKey()]),
    ) as Credentials['nats'],
    commandKey: known.commandKey ?? commandKey(),
  };
  if (JSON.stringify(known) !== JSON.stringify(credentials)) writePrivately(path, credentials);
  return credentials;
}

function writePrivately(path: string, credentials: Credentials): void {
  writeFileSync(`${path}.new`, `${JSON.stringify(credentials, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

function password(): string {
  return randomBytes(24).toString('base64url');
}

function natsKey(): NatsKey {
  const pair = nkeys.createUser();
  return { seed: new TextDecoder().decode(pair.getSeed()), publicKey: pair.getPublicKey() };
}

function commandKey(): CommandKey {
  return generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
}
