import type { Requester } from '@missions/bus';
import type { LockChanged } from '@missions/contracts';
import {
  endedReplySchema,
  extendRequestSchema,
  interventionText,
  reorderRequestSchema,
  resourceSubjects,
  revokeRequestSchema,
  type Intervention,
} from '@missions/leasing';
import { CommandSigner } from './command-signer.ts';
import { commandIdOf, type CommandOrigin } from './send-command.ts';

const TIMEOUT_MS = 10_000;

const requestSchemas = {
  revoke: revokeRequestSchema,
  extend: extendRequestSchema,
  reorder: reorderRequestSchema,
} as const;

/** Passes on what a person does to a ledger of shared resources, signed; the ledger's owner decides. */
export class InterveneInLocks {
  private readonly signer: CommandSigner;

  constructor(
    private readonly requester: Requester,
    commandKeyPem: string | undefined,
  ) {
    this.signer = new CommandSigner(commandKeyPem);
  }

  /** Resolves after the append; rejects with the owner's refusal. The same idempotency key happens once. */
  async intervene(
    origin: CommandOrigin,
    what: Intervention,
    asked: Readonly<Record<string, unknown>>,
  ): Promise<LockChanged> {
    const commandId = commandIdOf(origin);
    const by = { kind: 'person', id: origin.identity.person };
    // As the owner reads it, since that is what it checks the signature against.
    const request = requestSchemas[what].parse(JSON.parse(JSON.stringify({ ...asked, by, commandId })));
    const signature = this.signer.sign(interventionText(what, request));
    const reply = await this.requester.request(
      resourceSubjects[what],
      { ...request, signature },
      { timeoutMs: TIMEOUT_MS },
    );
    return { commandId, ...endedReplySchema.parse(reply) };
  }
}
