import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import { signedText, type MissionCommandRequest } from '@missions/contracts';
import type { CommandVerifier } from '../application/handle-mission-command.ts';

/** Checks Mission Control's Ed25519 signature (base64) over the exact command. Without a key nothing is genuine. */
export class Ed25519CommandVerifier implements CommandVerifier {
  private readonly key: KeyObject | undefined;

  constructor(publicKeyPem: string | undefined) {
    this.key = publicKeyPem === undefined ? undefined : createPublicKey(publicKeyPem);
  }

  isGenuine(request: MissionCommandRequest): boolean {
    if (!this.key || request.signature === undefined) return false;
    const text = Buffer.from(signedText(request), 'utf8');
    return verify(null, text, this.key, Buffer.from(request.signature, 'base64'));
  }
}
