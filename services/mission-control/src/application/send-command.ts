import { createHash, randomUUID } from 'node:crypto';
import { signedText, type CommandAccepted, type MissionCommandRequest } from '@missions/contracts';
import type { MissionCommandInput } from '@missions/mission';
import type { MissionCommander } from '@missions/runs';
import type { Identity } from '../ports/access-tokens.ts';
import { CommandSigner } from './command-signer.ts';

/** Who asks, and how a repeat of the request is known. */
export interface CommandOrigin {
  readonly identity: Identity;
  readonly idempotencyKey: string | undefined;
  /** From `If-Match`: the version the person saw. */
  readonly expectedVersion: number | undefined;
}

const COMMAND_LIMIT_MS = 15_000;

/** Passes on what an authenticated person asks for, signed, so that the mission's owner need not believe the bus. */
export class SendCommand {
  private readonly signer: CommandSigner;

  constructor(
    private readonly commander: MissionCommander,
    commandKeyPem: string | undefined,
  ) {
    this.signer = new CommandSigner(commandKeyPem);
  }

  /** Resolves after the append; rejects with the owner's refusal. The same idempotency key happens once. */
  async send(
    origin: CommandOrigin,
    missionId: string,
    command: MissionCommandInput,
    part = '',
  ): Promise<CommandAccepted> {
    const { identity, expectedVersion } = origin;
    const request: MissionCommandRequest = {
      commandId: `${commandIdOf(origin)}${part}`,
      missionId,
      ...(expectedVersion !== undefined && { expectedVersion }),
      actor: { kind: 'person', id: identity.person },
      command,
    };
    const signature = this.signer.sign(signedText(request));
    const { repeated: _repeated, ...accepted } = await this.commander.send(
      { ...request, signature },
      { limitMs: COMMAND_LIMIT_MS },
    );
    return accepted;
  }
}

/** A repeat of the same person with the same key is the same command; without a key every request is a new one. */
export function commandIdOf({ identity, idempotencyKey }: CommandOrigin): string {
  if (idempotencyKey === undefined) return `http/${randomUUID()}`;
  return `http/${digestOf(identity, idempotencyKey).toString('hex').slice(0, 32)}`;
}

/** `m-` and eight characters; a repeated request names the same mission. */
export function missionIdOf({ identity, idempotencyKey }: CommandOrigin): string {
  const number = digestOf(identity, `mission ${idempotencyKey ?? randomUUID()}`).readBigUInt64BE();
  return `m-${(number % 36n ** 8n).toString(36).padStart(8, '0')}`;
}

function digestOf({ person }: Identity, key: string): Buffer {
  return createHash('sha256')
    .update(JSON.stringify([person, key]))
    .digest();
}
