import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Files of a state directory that only its owner may read. */
export interface StackSecrets {
  /** With it Mission Control signs what people ask for. */
  readonly commandKeyFile: string;
  /** With it the mission's owner checks the signature. */
  readonly commandPublicKeyFile: string;
  readonly adminTokenFile: string;
  readonly adminToken: string;
}

export function adminTokenFile(state: string): string {
  return join(state, 'admin.token');
}

/** Makes what is missing, once: a restart keeps keys and token. */
export function ensureSecrets(state: string): StackSecrets {
  const commandKeyFile = join(state, 'command-key.pem');
  const commandPublicKeyFile = join(state, 'command-key.pub.pem');
  // The public half is written first: a private key without it would never be completed.
  if (!existsSync(commandKeyFile)) {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    writePrivately(commandPublicKeyFile, publicKey.export({ type: 'spki', format: 'pem' }).toString());
    writePrivately(commandKeyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  }
  const tokenFile = adminTokenFile(state);
  if (!existsSync(tokenFile)) writePrivately(tokenFile, `mst_${randomBytes(32).toString('base64url')}\n`);
  const adminToken = readFileSync(tokenFile, 'utf8').trim();
  return { commandKeyFile, commandPublicKeyFile, adminTokenFile: tokenFile, adminToken };
}

function writePrivately(path: string, content: string): void {
  writeFileSync(`${path}.new`, content, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}
