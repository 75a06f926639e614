import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import { interventionText, type Intervention, type InterventionRequest } from '@missions/leasing';
import type { InterventionVerifier } from '../ports/intervention-verifier.ts';

/** Checks Mission Control's Ed25519 signature (base64) over exactly what is asked. Without a key nothing is genuine. */
export class Ed25519InterventionVerifier implements InterventionVerifier {
  private readonly key: KeyObject | undefined;

  constructor(publicKeyPem: string | undefined) {
    this.key = publicKeyPem === undefined ? undefined : createPublicKey(publicKeyPem);
  }

  isGenuine(what: Intervention, request: InterventionRequest): boolean {
    if (!this.key || request.signature === undefined) return false;
    const text = Buffer.from(interventionText(what, request), 'utf8');
    return verify(null, text, this.key, Buffer.from(request.signature, 'base64'));
  }
}
