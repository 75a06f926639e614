import { isLimited, lowerRate, type Rate } from './rate.ts';
import { RateBuckets } from './rate-buckets.ts';
import type { LentShare, ShareSource } from './share-source.ts';

/** How long a replica lives on its last share while nobody answers. */
const lastShareMs = 60_000;
const renewMs = 3000;
/** After a failure, and while the share holds no call at all: others may be about to renew with less. */
const againMs = 1000;

export interface HeldShareParts {
  readonly account: string;
  readonly configured: Rate;
  readonly source: ShareSource;
  readonly nowMs: () => number;
  readonly onTrouble: (error: unknown) => void;
}

/** A replica's share of one account: what it lets through, until when, and when it is to be renewed. */
export class HeldShare {
  readonly buckets: RateBuckets;
  private known: Rate;
  private lent: (LentShare & { readonly sentAtMs: number }) | undefined;
  private told: Rate | undefined;
  private isAway = false;
  private asksAgainAtMs = 0;
  private pausedUntilMs = 0;
  private tellsPause = false;
  private asking: Promise<void> | undefined;

  constructor(private readonly parts: HeldShareParts) {
    this.known = parts.configured;
    this.buckets = new RateBuckets(parts.nowMs());
  }

  /** What the account may have, of all replicas together; nothing where nobody has said so. */
  get limits(): Rate {
    return this.known;
  }

  get share(): Rate {
    return this.lent?.share ?? {};
  }

  get pausedMs(): number {
    return Math.max(0, this.pausedUntilMs - this.parts.nowMs());
  }

  /** Whether nobody answered when a share was asked for last. */
  get isUnanswered(): boolean {
    return this.isAway;
  }

  /** Whether calls may be counted against the share. One that slept past its time has to ask first. */
  get isLive(): boolean {
    if (this.lent === undefined) return false;
    const ageMs = this.parts.nowMs() - this.lent.sentAtMs;
    return ageMs < this.lent.ttlMs || (this.isAway && ageMs < lastShareMs);
  }

  /** In how long the share is to be asked for; undefined while that is under way or there is nothing to ask for. */
  get dueInMs(): number | undefined {
    if (this.asking !== undefined) return undefined;
    if (!isLimited(this.known) && !this.hasPauseToTell) return undefined;
    return Math.max(0, this.asksAgainAtMs - this.parts.nowMs());
  }

  private get hasPauseToTell(): boolean {
    return this.tellsPause && this.pausedMs > 0;
  }

  /** The provider told its limits, and how much is left; nothing counts of that where a rate is configured. */
  hear({ limits, remaining }: { readonly limits: Rate; readonly remaining: Rate }): void {
    // A configured rate is of all models; what is told is of one of them, and would rest the others.
    if (isLimited(this.parts.configured)) return;
    this.buckets.atMost(remaining);
    if (!isLimited(limits)) return;
    this.told = { ...this.told, ...limits };
    const known = lowerRate(this.known, this.told);
    if (!isSame(known, this.known)) this.asksAgainAtMs = 0;
    this.known = known;
  }

  /** The provider wants no call for so long; told to all replicas that lease shares, which nobody does without a known limit. */
  pause(ms: number): void {
    this.pausedUntilMs = Math.max(this.pausedUntilMs, this.parts.nowMs() + ms);
    this.tellsPause = true;
    this.asksAgainAtMs = 0;
  }

  /** Asks for the share, or renews it; never rejects. Concurrent calls share one request. */
  renew(demand: Rate): Promise<void> {
    this.asking ??= this.ask(demand).finally(() => {
      this.asking = undefined;
    });
    return this.asking;
  }

  /** Asks sooner than otherwise: the share holds no call that waits. */
  askSoon(): void {
    if (this.lent === undefined || this.isAway || !this.isLive) return;
    this.asksAgainAtMs = Math.min(this.asksAgainAtMs, this.lent.sentAtMs + againMs);
  }

  /** Never rejects: a share that could not be given back runs out by itself. */
  async giveBack(): Promise<void> {
    const { lent, parts } = this;
    if (lent === undefined) return;
    this.lent = undefined;
    await parts.source.giveBack(parts.account).catch(parts.onTrouble);
  }

  private async ask(demand: Rate): Promise<void> {
    const { account, configured, source, nowMs, onTrouble } = this.parts;
    const sentAtMs = nowMs();
    const { told, pausedMs, pausedUntilMs } = this;
    const observed = {
      ...(told && { limits: told }),
      ...(this.hasPauseToTell && { pauseMs: Math.ceil(pausedMs) }),
    };
    this.asksAgainAtMs = sentAtMs + renewMs;
    try {
      const lent = await source.lend({ account, demand, configured, observed });
      // What was heard while the request was under way is told with the next one.
      if (this.told === told) this.told = undefined;
      if (this.pausedUntilMs === pausedUntilMs) this.tellsPause = false;
      this.accept(lent, sentAtMs);
    } catch (error) {
      this.isAway = true;
      this.asksAgainAtMs = nowMs() + againMs;
      onTrouble(error);
    }
  }

  private accept(lent: LentShare, sentAtMs: number): void {
    const now = this.parts.nowMs();
    const before = this.lent;
    // Between two shares others may have used what this replica still had.
    const isGap = before === undefined || sentAtMs >= before.sentAtMs + before.ttlMs;
    if (isGap && !lent.alone) this.buckets.empty(now);
    this.buckets.setShare(lent.share, now, lent.alone ? 'full' : 'empty');
    this.known = this.told ? lowerRate(lent.limits, this.told) : lent.limits;
    this.lent = { ...lent, sentAtMs };
    this.isAway = false;
    this.pausedUntilMs = Math.max(this.pausedUntilMs, now + lent.pausedMs);
  }
}

function isSame(one: Rate, other: Rate): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
