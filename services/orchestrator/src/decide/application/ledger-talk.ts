import type { Requester } from '@missions/bus';
import { isRefusal } from '@missions/kernel';
import {
  ledgerViewSchema,
  resourceSubjects,
  type AcceptRequest,
  type CounterRequest,
  type LedgerView,
  type OpenNegotiationRequest,
  type ProposeRequest,
} from '@missions/leasing';

const timeoutMs = 3_000;

/**
 * What negotiators say in a ledger. What the ledger refuses has been overtaken by something newer, which has events of its own;
 * everything may be said twice, since it is known by its ids.
 */
export class LedgerTalk {
  constructor(private readonly requester: Requester) {}

  async state(scope: string): Promise<LedgerView> {
    return ledgerViewSchema.parse(
      await this.requester.request(resourceSubjects.state, { scope }, { timeoutMs }),
    );
  }

  open(request: OpenNegotiationRequest): Promise<void> {
    return this.say(resourceSubjects.openNegotiation, request);
  }

  propose(request: ProposeRequest): Promise<void> {
    return this.say(resourceSubjects.propose, request);
  }

  counter(request: CounterRequest): Promise<void> {
    return this.say(resourceSubjects.counter, request);
  }

  accept(request: AcceptRequest): Promise<void> {
    return this.say(resourceSubjects.accept, request);
  }

  private async say(subject: string, payload: unknown): Promise<void> {
    try {
      await this.requester.request(subject, payload, { timeoutMs });
    } catch (error) {
      if (!isRefusal(error)) throw error;
    }
  }
}
