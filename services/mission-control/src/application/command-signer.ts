import { createPrivateKey, sign, type KeyObject } from 'node:crypto';
import { DomainError } from '@missions/kernel';

/** Signs what an authenticated person asks for (Ed25519, base64), so that owners need not believe the bus. */
export class CommandSigner {
  private readonly key: KeyObject | undefined;

  constructor(commandKeyPem: string | undefined) {
    this.key = commandKeyPem === undefined ? undefined : createPrivateKey(commandKeyPem);
  }

  sign(text: string): string {
    if (this.key !== undefined) return sign(null, Buffer.from(text, 'utf8'), this.key).toString('base64');
    throw new DomainError(
      'COMMAND_KEY_MISSING',
      'Mission Control has no key to sign commands with; set MISSIONS_COMMAND_KEY_FILE.',
    );
  }
}
