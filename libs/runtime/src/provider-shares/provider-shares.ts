import { delay } from '@missions/kernel';
import { AccountGate, rateKinds, type CallGate, type QuotaAccount, type ShareSource } from '@missions/models';
import type { OnApplicationBootstrap } from '@nestjs/common';
import type { Metrics } from '../health/metrics.ts';
import type { Background } from '../lifecycle/background.ts';
import type { Logger } from '../logging/logger.ts';

/** An outage is said once in such a time, and not with every attempt. */
const saidEveryMs = 60_000;

export interface ProviderSharesParts {
  readonly source: ShareSource;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly background: Background;
  readonly nowMs?: () => number;
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** The accounts that a replica calls models with: one gate for each, whatever the number of runs and models behind it. */
export class ProviderShares implements OnApplicationBootstrap {
  private readonly gates = new Map<string, AccountGate>();
  private readonly share;
  private readonly waited;

  constructor(private readonly parts: ProviderSharesParts) {
    const { metrics } = parts;
    this.share = metrics.gauge(
      'missions_provider_share',
      'What this replica may use of an account in a minute',
      ['account', 'kind'],
    );
    this.waited = metrics.seconds('missions_model_wait_seconds', 'How long calls waited for their turn', [
      'provider',
    ]);
  }

  /** When the service stops, what it has of the accounts is free for others at once. */
  onApplicationBootstrap(): void {
    this.parts.background.start('provider-shares', async (signal) => {
      await new Promise((resolve) => {
        if (signal.aborted) resolve(undefined);
        else signal.addEventListener('abort', resolve, { once: true });
      });
      await this.close();
    });
  }

  gateFor(account: QuotaAccount): CallGate {
    const gate = this.gates.get(account.id) ?? this.open(account);
    this.gates.set(account.id, gate);
    return gate;
  }

  async close(): Promise<void> {
    await Promise.all([...this.gates.values()].map((gate) => gate.close()));
  }

  private open({ id, provider, configured }: QuotaAccount): AccountGate {
    const { source, nowMs = () => performance.now(), wait = delay } = this.parts;
    return new AccountGate({
      account: id,
      provider,
      configured,
      source,
      nowMs,
      wait,
      onTrouble: this.saying(id),
      onShare: (share) => {
        for (const kind of rateKinds) {
          const perMinute = share[kind];
          if (perMinute === undefined) this.share.remove({ account: id, kind });
          else this.share.set({ account: id, kind }, perMinute);
        }
      },
      onWaited: (ms) => {
        this.waited.observe({ provider }, ms / 1000);
      },
    });
  }

  private saying(account: string): (error: unknown) => void {
    let saidAtMs = Number.NEGATIVE_INFINITY;
    return (error) => {
      if (performance.now() - saidAtMs < saidEveryMs) return;
      saidAtMs = performance.now();
      this.parts.logger.warn({ err: error, account }, 'No share of a provider’s rate could be had');
    };
  }
}
