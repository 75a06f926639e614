import { delay, isRefusal } from '@missions/kernel';
import type { DelegationFilter, OpenDelegation, RunDesk } from './run-desk.ts';

export interface RunSlotsOptions {
  readonly desk: RunDesk;
  readonly filter: DelegationFilter;
  /** How many runs this replica drives at once. */
  readonly slots: number;
  readonly pollMs: number;
  /**
   * Claims the run and drives it to whatever end it comes to. A `DomainError` says that it could not be claimed: somebody
   * else was faster; every outcome after the claim is the callback's own business.
   */
  readonly drive: (delegation: OpenDelegation, signal: AbortSignal) => Promise<void>;
  readonly onTrouble: (error: unknown, delegation?: OpenDelegation) => void;
}

/** Serves the oldest open delegations with the slots that are free, woken by `wake` and by its own slow poll. */
export class RunSlots {
  private readonly busy = new Map<string, Promise<void>>();
  /** Runs that could not be claimed, and until when they are left alone, so that they hold up no younger one. */
  private readonly setAside = new Map<string, number>();
  private pause = new AbortController();

  constructor(private readonly options: RunSlotsOptions) {}

  /** Looks again now; without a free slot the wake is ignored, because the slot that becomes free looks by itself. */
  wake(): void {
    if (this.busy.size < this.options.slots) this.pause.abort();
  }

  get running(): readonly string[] {
    return [...this.busy.keys()];
  }

  /** Returns after the signal aborted and every run that was driven here has come to rest. */
  async serve(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.pause = new AbortController();
      await this.fill(signal).catch((error: unknown) => {
        this.options.onTrouble(error);
      });
      await delay(this.options.pollMs, AbortSignal.any([signal, this.pause.signal])).catch(() => undefined);
    }
    await Promise.allSettled(this.busy.values());
  }

  private async fill(signal: AbortSignal): Promise<void> {
    const { desk, filter, slots } = this.options;
    const free = slots - this.busy.size;
    if (free <= 0) return;
    this.takeBack();
    const open = await desk.openDelegations(filter, slots + this.setAside.size);
    const claimable = open.filter(({ runId }) => !this.busy.has(runId) && !this.setAside.has(runId));
    if (signal.aborted) return;
    for (const delegation of claimable.slice(0, free)) this.begin(delegation, signal);
  }

  private takeBack(): void {
    const now = performance.now();
    for (const [runId, until] of this.setAside) if (until <= now) this.setAside.delete(runId);
  }

  private begin(delegation: OpenDelegation, signal: AbortSignal): void {
    const { drive, onTrouble, pollMs } = this.options;
    const { runId } = delegation;
    const work = drive(delegation, signal)
      .catch((error: unknown) => {
        this.setAside.set(runId, performance.now() + pollMs);
        if (!isRefusal(error)) onTrouble(error, delegation);
      })
      .finally(() => {
        this.busy.delete(runId);
        this.wake();
      });
    this.busy.set(runId, work);
  }
}
