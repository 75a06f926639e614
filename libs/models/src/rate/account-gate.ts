import { mayHaveBegun } from '../call/failure.ts';
import { ModelError } from '../model-error.ts';
import {
  longestWaitMs,
  type CallGate,
  type CallNeed,
  type CallPass,
  type GateOptions,
  type ModelWait,
} from './call-gate.ts';
import { ExpectedOutput } from './expected-output.ts';
import { HeldShare } from './held-share.ts';
import { costOfNeed, costOfUsage } from './need-of.ts';
import { isLimited, rateOf, sumOfRates, type Rate, type RateKind } from './rate.ts';
import { rateHeaders } from './rate-headers.ts';
import { RecentUse } from './recent-use.ts';
import type { ShareSource } from './share-source.ts';
import { reasonOf, tellEveryMs, WaitingLine } from './waiting-line.ts';

/** So long after a call had to wait, the replica asks for all there is: what it used says what it got, not what it could use. */
const hungryMs = 10_000;
/** A refusal without a time asks for this pause. */
const shortPauseMs = 1000;

export interface AccountGateParts {
  /** The provider's name and a digest of what names its key. */
  readonly account: string;
  /** How people call it. */
  readonly provider: string;
  readonly configured: Rate;
  readonly source: ShareSource;
  /** Monotonic. */
  readonly nowMs: () => number;
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly onTrouble: (error: unknown) => void;
  readonly onShare: (share: Rate) => void;
  readonly onWaited: (ms: number) => void;
}

/**
 * The calls of one replica with one account: first come, first served, within the replica's share of the account's rate. An
 * account of which nobody has told a limit lets everything through, until it refuses a call: then it rests, and is tried with one
 * call at a time until one succeeds.
 */
export class AccountGate implements CallGate {
  private readonly held: HeldShare;
  private readonly line: WaitingLine;
  private readonly recent = new RecentUse();
  private readonly expected = new ExpectedOutput();
  /** Until when the replica asks for all there is of a kind. */
  private readonly hungryUntilMs = new Map<RateKind, number>();
  private underWay = 0;
  /** It refused a call without having told a limit, and has answered none that was made since. */
  private isTried = false;
  private hasTrial = false;
  private tending: Promise<void> = Promise.resolve();
  private isTending = false;
  private isClosed = false;
  private nap = new AbortController();

  constructor(private readonly parts: AccountGateParts) {
    this.held = new HeldShare(parts);
    this.line = new WaitingLine(parts.nowMs, {
      waited: parts.onWaited,
      left: () => {
        this.wake();
      },
    });
  }

  enter(need: () => CallNeed, options: GateOptions = {}): Promise<CallPass> {
    if (options.signal?.aborted === true) return Promise.reject(reasonOf(options.signal));
    if (this.isClosed) return Promise.reject(stopping());
    // The guess costs time, so it is made only where somebody counts.
    const cost = isLimited(this.held.limits) ? costOfNeed(need(), this.expected) : { requestsPerMin: 1 };
    if (this.line.head === undefined && this.waitOf(cost) === 0) return Promise.resolve(this.pass(cost, 0));
    const turn = this.line.join(cost, options);
    this.line.tellLast(this.waitAt);
    this.wake();
    return turn;
  }

  /** Gives the share back; who still waits is refused, and nobody is let through any more. */
  async close(): Promise<void> {
    this.isClosed = true;
    this.nap.abort();
    await this.tending;
    this.line.refuseAfter(0, stopping);
    await this.giveBack();
  }

  /** In how long a call of this cost may be made; infinity where nobody knows yet. */
  private waitOf(cost: Rate): number {
    const { held, parts } = this;
    if (held.pausedMs > 0) return held.pausedMs;
    if (!isLimited(held.limits)) return this.hasTrial ? Number.POSITIVE_INFINITY : 0;
    return held.isLive ? held.buckets.waitMs(cost, parts.nowMs()) : Number.POSITIVE_INFINITY;
  }

  private headWait(): number {
    return this.line.head ? this.waitOf(this.line.head.cost) : Number.POSITIVE_INFINITY;
  }

  private pass(cost: Rate, waitedMs: number): CallPass {
    const { held } = this;
    const isTrial = this.isTried;
    this.hasTrial ||= isTrial;
    held.buckets.take(cost);
    this.underWay += 1;
    const correct = this.recent.note(cost, this.parts.nowMs());
    this.wake();
    const end = (actual: Rate): void => {
      held.buckets.putBack(rateOf((kind) => (cost[kind] ?? 0) - (actual[kind] ?? 0)));
      correct(actual);
      if (isTrial) this.hasTrial = false;
      this.underWay -= 1;
      this.wake();
    };
    return {
      waitedMs,
      heard: (headers) => {
        held.hear(rateHeaders(headers));
      },
      settle: (usage) => {
        this.expected.note(usage.output);
        if (isTrial) this.isTried = false;
        end(costOfUsage(usage));
      },
      fail: (error) => {
        this.rest(error && pauseFor(error));
        end(error === undefined || mayHaveBegun(error) ? cost : { requestsPerMin: 1 });
      },
    };
  }

  private rest(pauseMs: number | undefined): void {
    if (pauseMs === undefined) return;
    this.held.pause(Math.min(pauseMs, longestWaitMs));
    this.isTried ||= !isLimited(this.held.limits);
  }

  private wake(): void {
    this.nap.abort();
    if (this.isTending || this.isClosed) return;
    this.isTending = true;
    this.tending = this.tend().catch((error: unknown) => {
      this.isTending = false;
      this.parts.onTrouble(error);
    });
  }

  /** Renews the share as long as it is needed, and lets through who may go. */
  private async tend(): Promise<void> {
    const { held, parts } = this;
    while (!this.isClosed) {
      this.nap = new AbortController();
      this.serve();
      if (this.isIdle()) await this.giveBack();
      // Somebody may have come while it was given back.
      if (this.isIdle()) break;
      if (held.dueInMs === 0) void this.renew();
      await parts.wait(this.napMs(), this.nap.signal).catch(() => undefined);
    }
    this.isTending = false;
  }

  private async giveBack(): Promise<void> {
    await this.held.giveBack();
    this.parts.onShare(this.held.share);
  }

  private async renew(): Promise<void> {
    await this.held.renew(this.demand());
    this.parts.onShare(this.held.share);
    this.wake();
  }

  private serve(): void {
    const { line } = this;
    while (this.headWait() === 0)
      line.letGo(({ cost, sinceMs }) => this.pass(cost, this.parts.nowMs() - sinceMs));
    const tooLong = `No call could be made for an hour: ${this.why(0)}.`;
    line.refuseAfter(longestWaitMs, () => new ModelError('rate_limit', tooLong));
    this.noteHunger();
    line.tell(this.waitAt);
  }

  private readonly waitAt = (ahead: number): ModelWait => {
    const headMs = ahead === 0 ? this.headWait() : Number.POSITIVE_INFINITY;
    const until = Number.isFinite(headMs) ? new Date(Date.now() + headMs) : undefined;
    return { why: this.why(ahead), until };
  };

  private noteHunger(): void {
    const { held, line, parts } = this;
    if (!line.head || !held.isLive || held.pausedMs > 0) return;
    const kind = held.buckets.scarcest(line.head.cost);
    if (kind !== undefined) this.hungryUntilMs.set(kind, parts.nowMs() + hungryMs);
    if (this.headWait() === Number.POSITIVE_INFINITY) held.askSoon();
  }

  private why(ahead: number): string {
    const { held, line, parts } = this;
    const behind = ahead === 0 ? '' : `, ${String(ahead)} ahead`;
    if (held.pausedMs > 0) return `${parts.provider} wants a pause${behind}`;
    if (!isLimited(held.limits))
      return `${parts.provider} refused a call, and is tried with one at a time${behind}`;
    if (!held.isLive)
      return held.isUnanswered
        ? `no share of ${parts.provider}'s rate, resource-lock does not answer${behind}`
        : `asks for a share of ${parts.provider}'s rate${behind}`;
    const kind = line.head && held.buckets.scarcest(line.head.cost);
    return `${parts.provider}'s rate of ${kind === undefined ? 'calls' : words[kind]} is used up${behind}`;
  }

  private demand(): Rate {
    const now = this.parts.nowMs();
    const waiting = this.line.calls.map(({ cost }) => cost);
    const asked = sumOfRates([this.recent.inLastMinute(now), ...waiting]);
    const all = rateOf((kind) =>
      (this.hungryUntilMs.get(kind) ?? 0) > now ? this.held.limits[kind] : undefined,
    );
    return { ...asked, ...all };
  }

  private isIdle(): boolean {
    if (this.line.head) return false;
    if (!isLimited(this.held.limits)) return this.held.dueInMs === undefined;
    return this.underWay === 0 && this.recent.isEmpty(this.parts.nowMs());
  }

  private napMs(): number {
    const dueMs = this.held.dueInMs ?? Number.POSITIVE_INFINITY;
    return Math.max(1, Math.min(tellEveryMs, this.headWait(), dueMs));
  }
}

const words: Readonly<Record<RateKind, string>> = {
  requestsPerMin: 'requests',
  inputTokensPerMin: 'input tokens',
  outputTokensPerMin: 'output tokens',
  tokensPerMin: 'tokens',
};

function stopping(): ModelError {
  return new ModelError('rate_limit', 'The service is stopping.');
}

/** How long the account is to rest after this failure; undefined where it need not. */
function pauseFor({ code, retryAfterMs, transient }: ModelError): number | undefined {
  if (code !== 'rate_limit' || !transient) return undefined;
  return retryAfterMs ?? shortPauseMs;
}
