import { randomUUID } from 'node:crypto';
import { FailRun, type BudgetMeter, type Reservation, type TranscriptFact } from '@missions/agent';
import type { Clock } from '@missions/kernel';
import { costOf, noUsage, worstCaseOf, type Cost, type Price, type Usage } from '@missions/models';
import type { ModelCall, ModelCallRequest } from '@missions/workspace';

/** Assumed where a request does not say how long its reply may be. */
const unsaidReplyTokens = 64_000;
/** No tokenizer makes more tokens of usual text than one for two bytes. */
const bytesPerToken = 2;

interface OpenCall {
  readonly id: string;
  readonly request: ModelCallRequest;
  readonly worst: { readonly cost: Cost; readonly usage: Usage };
  readonly reservation: Reservation;
  readonly turn: number;
}

/** Where calls are booked. */
export interface SpendLedger {
  readonly budget: BudgetMeter;
  /** Resolves when the facts are durable. */
  readonly record: (facts: readonly TranscriptFact[]) => Promise<void>;
  /** The end of a call could not be written; whoever takes the run over charges its worst case. */
  readonly onUnbooked: (error: unknown) => void;
}

export interface SpendTurn {
  readonly turn: number;
  readonly fail: (error: FailRun) => void;
}

/** Money of the run for the model calls an external agent makes through the egress proxy: reserved before, settled after. */
export class ModelSpend {
  private readonly calls: OpenCall[] = [];
  private turn: SpendTurn | undefined;
  private ledger: SpendLedger | undefined;
  private idle: (() => void) | undefined;

  constructor(
    private readonly options: { readonly priceOf: (use: string) => Price | undefined; readonly clock: Clock },
  ) {}

  /** From now on calls are booked; before, every one is refused. */
  book(ledger: SpendLedger): void {
    this.ledger = ledger;
  }

  open(turn: SpendTurn): void {
    this.turn = turn;
  }

  /** No call is let out any more; resolves when those under way are settled, at their worst case if that takes longer. */
  async close(limitMs: number): Promise<void> {
    this.turn = undefined;
    if (this.calls.length === 0) return;
    const timer = setTimeout(() => this.idle?.(), limitMs);
    await new Promise<void>((resolve) => {
      this.idle = resolve;
    });
    clearTimeout(timer);
    for (const call of this.calls.splice(0)) this.settle(call, call.worst);
  }

  get underWay(): number {
    return this.calls.length;
  }

  /** For the proxy: why a call is not let out; undefined lets it out. */
  readonly admit = async (request: ModelCallRequest): Promise<string | undefined> => {
    const { turn, ledger } = this;
    if (!turn || !ledger) return 'No turn of the agent is open.';
    const worst = this.worstCase(request);
    const reservation = await ledger.budget.reserve(worst.cost);
    if (reservation)
      return this.letOut({ id: randomUUID(), request, worst, reservation, turn: turn.turn }, ledger);
    const detail = 'The budget does not cover the next call of the agent’s model.';
    turn.fail(new FailRun('budget', detail));
    return detail;
  };

  /** A call is in the log before it is let out, so that no holder can vanish with it. */
  private async letOut(call: OpenCall, ledger: SpendLedger): Promise<string | undefined> {
    this.calls.push(call);
    const { id: callId, request, worst, turn } = call;
    if (request.model === undefined) return undefined;
    const { cost, usage } = worst;
    const data = {
      callId,
      turn,
      model: useOf(request),
      worst: { usage, costUsd: cost === 'unpriced' ? cost : cost.usd },
      at: this.options.clock.now().toISOString(),
    };
    try {
      await ledger.record([{ type: 'ExternalCallBegun', data }]);
      return undefined;
    } catch (error) {
      this.calls.splice(this.calls.indexOf(call), 1);
      call.reservation.cancel();
      ledger.onUnbooked(error);
      return 'The call could not be booked.';
    }
  }

  /** For the proxy: a call is over. */
  readonly over = (call: ModelCall): void => {
    const index = this.calls.findIndex(({ request }) => isSame(request, call));
    const [open] = index < 0 ? [] : this.calls.splice(index, 1);
    if (open) this.settle(open, this.spent(call, open));
    if (this.calls.length === 0) this.idle?.();
  };

  private worstCase(request: ModelCallRequest): OpenCall['worst'] {
    const input = Math.ceil(request.requestBytes / bytesPerToken);
    const output = request.maxTokens ?? unsaidReplyTokens;
    // A listing of models costs nothing.
    if (request.model === undefined) return { cost: { usd: 0 }, usage: noUsage };
    return {
      cost: worstCaseOf({ input, output }, this.options.priceOf(useOf(request))),
      usage: { ...noUsage, input, output },
    };
  }

  private spent({ usage, status, complete }: ModelCall, { worst, request }: OpenCall): OpenCall['worst'] {
    const refused = status === undefined || status >= 400;
    if (usage === undefined) return refused ? { cost: { usd: 0 }, usage: noUsage } : worst;
    if (!complete) return worst;
    return { cost: costOf(usage, this.options.priceOf(useOf(request))), usage };
  }

  private settle({ id, reservation, request, turn }: OpenCall, { cost, usage }: OpenCall['worst']): void {
    reservation.settle(cost);
    if (request.model === undefined) return;
    const { ledger } = this;
    ledger
      ?.record([
        {
          type: 'ExternalCallRecorded',
          data: {
            callId: id,
            turn,
            model: useOf(request),
            usage,
            costUsd: cost === 'unpriced' ? cost : cost.usd,
            at: this.options.clock.now().toISOString(),
          },
        },
      ])
      .catch(ledger.onUnbooked);
  }
}

function useOf({ provider, model }: ModelCallRequest): string {
  return `${provider}/${model ?? ''}`;
}

function isSame(one: ModelCallRequest, other: ModelCallRequest): boolean {
  return (
    one.provider === other.provider &&
    one.path === other.path &&
    one.model === other.model &&
    one.requestBytes === other.requestBytes
  );
}
