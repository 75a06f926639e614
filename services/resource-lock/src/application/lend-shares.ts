import { ConcurrencyError } from '@missions/kernel';
import {
  grantShare,
  lowerRate,
  type GiveBackReply,
  type GiveBackRequest,
  type ShareReply,
  type ShareRequest,
} from '@missions/leasing';
import type { ProviderShareTable } from '../ports/provider-share-table.ts';

/** How long a share lives without renewal. */
const shareTtlMs = 10_000;
const maxAttempts = 10;

/** Lends shares of providers' accounts to replicas, so that all together stay within what an account may have. */
export class LendShares {
  constructor(
    private readonly table: ProviderShareTable,
    private readonly ttlMs = shareTtlMs,
  ) {}

  /**
   * A share for `ttlMs`, in place of the one the replica had. Rejects with a `ConcurrencyError` when others decided on the
   * account all the time; asking again is safe.
   */
  async lend(request: ShareRequest): Promise<ShareReply> {
    for (let attempt = 1; ; attempt += 1) {
      const decided = await this.decide(request);
      if (typeof decided === 'object') return decided;
      if (attempt === maxAttempts) throw new ConcurrencyError(request.account, decided, decided + 1);
    }
  }

  async giveBack({ account, replica }: GiveBackRequest): Promise<GiveBackReply> {
    await this.table.giveBack(account, replica);
    return { account };
  }

  /** The reply, or the version on which nothing could be decided because it had passed. */
  private async decide({
    account,
    replica,
    demand,
    configured = {},
    observed = {},
  }: ShareRequest): Promise<ShareReply | number> {
    const { ttlMs, table } = this;
    const { version, others, alone, ...known } = await table.read(account, replica);
    const learned = observed.limits && { ...known.learned, ...observed.limits };
    const limits = lowerRate(configured, learned ?? known.learned);
    const share = grantShare(limits, demand, others);
    const pauseMs = observed.pauseMs ?? 0;
    const lent = await table.lend({ account, replica, version, demand, share, learned, pauseMs, ttlMs });
    if (!lent) return version;
    return { account, share, limits, ttlMs, pausedMs: Math.max(known.pausedMs, pauseMs), alone };
  }
}
