import {
  negotiationOf,
  negotiationView,
  unknownNegotiation,
  type AcceptRequest,
  type CounterRequest,
  type Ledger,
  type NegotiationCommand,
  type NegotiationReply,
  type OpenNegotiationRequest,
  type ProposeRequest,
  type RefuseRequest,
} from '@missions/leasing';
import type { DecideOnLedger } from './decide-on-ledger.ts';

interface Asked {
  readonly scope: string;
  readonly negotiationId: string;
  readonly commandId?: string | undefined;
  readonly correlationId?: string | undefined;
}

/** Talk about who gives way. Everything said is an event; nothing here waits for an answer, nor grants anything. */
export class Negotiate {
  constructor(private readonly ledger: DecideOnLedger) {}

  open(request: OpenNegotiationRequest): Promise<NegotiationReply> {
    const { scope, commandId, correlationId, ...data } = request;
    return this.decide(request, 'open', { type: 'OpenNegotiation', data });
  }

  propose(request: ProposeRequest): Promise<NegotiationReply> {
    const { scope, commandId, correlationId, ...data } = request;
    return this.decide(request, `propose/${data.proposalId}`, { type: 'MakeProposal', data });
  }

  counter(request: CounterRequest): Promise<NegotiationReply> {
    const { scope, commandId, correlationId, ...data } = request;
    return this.decide(request, `counter/${data.proposalId}`, { type: 'CounterProposal', data });
  }

  /** Refused with `PROPOSAL_STALE` when the grant has moved on. */
  accept(request: AcceptRequest): Promise<NegotiationReply> {
    const { scope, commandId, correlationId, ...data } = request;
    return this.decide(request, `accept/${data.proposalId}`, { type: 'AcceptProposal', data });
  }

  refuse(request: RefuseRequest): Promise<NegotiationReply> {
    const { scope, commandId, correlationId, ...data } = request;
    return this.decide(request, `refuse/${data.by.claimId}`, { type: 'RefuseNegotiation', data });
  }

  private async decide(
    { scope, negotiationId, commandId, correlationId }: Asked,
    what: string,
    command: NegotiationCommand,
  ): Promise<NegotiationReply> {
    const after = await this.ledger.decide({
      scope,
      command,
      commandId: `negotiate/${negotiationId}/${what}`,
      causationId: commandId,
      correlationId,
    });
    return negotiationIn(after, scope, negotiationId);
  }
}

/** Refused with `UNKNOWN_NEGOTIATION` when it is none of the open and the newest ended ones. */
export function negotiationIn(ledger: Ledger, scope: string, negotiationId: string): NegotiationReply {
  const negotiation = negotiationOf(negotiationId, ledger);
  if (negotiation === undefined) throw unknownNegotiation(negotiationId);
  return { scope, ...negotiationView(negotiation) };
}
