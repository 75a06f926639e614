import { createHash } from 'node:crypto';
import {
  LeasingRefusal,
  type EndedReply,
  type ExtendRequest,
  type Intervention,
  type InterventionCommand,
  type InterventionRequest,
  type ReorderRequest,
  type RevokeRequest,
} from '@missions/leasing';
import type { InterventionVerifier } from '../ports/intervention-verifier.ts';
import type { DecideOnLedger } from './decide-on-ledger.ts';

/** What people do over the heads of owners; believed only with Mission Control's signature. */
export class InterveneInLedger {
  constructor(
    private readonly ledger: Pick<DecideOnLedger, 'decide'>,
    private readonly verifier: InterventionVerifier,
  ) {}

  revoke(request: RevokeRequest): Promise<EndedReply> {
    const { scope, commandId, correlationId, signature, ...data } = request;
    return this.decide('revoke', request, { type: 'RevokeClaim', data });
  }

  extend(request: ExtendRequest): Promise<EndedReply> {
    const { scope, commandId, correlationId, signature, ...data } = request;
    return this.decide('extend', request, { type: 'ExtendLease', data });
  }

  reorder(request: ReorderRequest): Promise<EndedReply> {
    const { scope, commandId, correlationId, signature, ...data } = request;
    return this.decide('reorder', request, { type: 'MoveWaiter', data });
  }

  private async decide(
    what: Intervention,
    request: InterventionRequest,
    command: InterventionCommand,
  ): Promise<EndedReply> {
    if (!this.verifier.isGenuine(what, request)) throw signatureRequired(what);
    const { scope, claimId, commandId, correlationId } = request;
    const { version } = await this.ledger.decide({
      scope,
      command,
      commandId: `${what}/${repetitionOf(commandId, command)}`,
      causationId: commandId,
      correlationId,
    });
    return { scope, claimId, version };
  }
}

/** A repetition is the same request under the same id; under the id of another one it is no repetition. */
function repetitionOf(commandId: string, { data }: InterventionCommand): string {
  return createHash('sha256')
    .update(JSON.stringify([commandId, data]))
    .digest('hex');
}

function signatureRequired(what: Intervention): LeasingRefusal {
  return new LeasingRefusal(
    'SIGNATURE_REQUIRED',
    `To ${what} is for people alone, through Mission Control, which signs what they ask.`,
    { what },
  );
}
