import { isDeepStrictEqual } from 'node:util';
import type { PokeSource } from '@missions/bus';
import { missionOfRun, missionStream, type WantedState } from '@missions/mission';
import type { RunDesk, RunOutlook, RunProgress } from './run-desk.ts';

export interface HeldRunOptions {
  readonly runId: string;
  readonly token: number;
  readonly desk: RunDesk;
  readonly pokes: PokeSource;
  readonly ttlMs: number;
  readonly renewMs: number;
  /** A monotonic instant (ms) before the lease was granted; now where absent. */
  readonly grantedAfterMs?: number;
  /** Called when a renewal failed to reach the database; the lease then runs out by itself. */
  readonly onTrouble?: (error: unknown) => void;
}

/** Why a holder has to stop at once. */
export type StopCause = 'cancel' | 'interrupt' | 'stall' | 'lost';

/** Share of the time to live that a holder keeps as a margin before it stops itself. */
const marginShare = 0.1;

/**
 * One replica's hold on a run: renews its lease, and says what the mission wants of the run.
 *
 * It lets go by itself at its own monotonic `sent + ttl − margin`, before anyone else can be granted the run.
 */
export class HeldRun {
  readonly runId: string;
  readonly token: number;
  /** Called once, when the run has to stop in the middle of whatever it does. */
  onStop: ((cause: StopCause) => void) | undefined;
  /** Called when a pause is wanted; the turn under way may still end. */
  onPause: (() => void) | undefined;
  private progress: RunProgress = {};
  private moves = 0;
  private touched: readonly string[] | undefined;
  private turnEndsAtMs: number | undefined;
  private latest: { readonly wanted: WantedState; readonly pendingMessages: number } = {
    wanted: 'go',
    pendingMessages: 0,
  };
  private stopped: StopCause | undefined;
  private closed = false;
  private parting = false;
  private renewing: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private expiry: NodeJS.Timeout | undefined;
  private readonly unpoke: { readonly stop: () => Promise<void> };

  constructor(private readonly options: HeldRunOptions) {
    this.runId = options.runId;
    this.token = options.token;
    const stream = missionStream(missionOfRun(options.runId));
    this.armExpiry(options.grantedAfterMs ?? performance.now());
    // Whoever changes the mission pokes its stream: a pause or a message is then seen at once, not at the next renewal.
    this.unpoke = options.pokes.onPoke((poke) => {
      if (poke.stream === stream) void this.renew();
    });
    this.schedule();
  }

  get wanted(): WantedState {
    return this.latest.wanted;
  }

  get pendingMessages(): number {
    return this.latest.pendingMessages;
  }

  get stopCause(): StopCause | undefined {
    return this.stopped;
  }

  /** What is shown with the next renewal; every call says that something moved, which is what keeps a run from a stall. */
  show(progress: RunProgress): void {
    this.moves += 1;
    this.progress = { ...this.progress, quietMs: 0, ...progress };
  }

  /**
   * What its negotiator may go by; what is absent stays as it was. Of paths it is told at once, since it is asked for them as
   * soon as somebody waits, and of the rest with the next renewal.
   */
  foresee(known: { readonly touched?: readonly string[]; readonly turnEndsAtMs?: number }): void {
    const isNews = known.touched !== undefined && !isDeepStrictEqual(known.touched, this.touched);
    this.touched = known.touched ?? this.touched;
    this.turnEndsAtMs = known.turnEndsAtMs ?? this.turnEndsAtMs;
    if (isNews) void this.renewAnew();
  }

  /** What was shown last. */
  get lastLine(): string | undefined {
    return this.progress.lastLine;
  }

  /** One renewal now; concurrent calls share it. Never rejects. */
  renew(): Promise<void> {
    this.renewing ??= this.renewOnce().finally(() => {
      this.renewing = undefined;
    });
    return this.renewing;
  }

  /**
   * Tells the owner something that gives the run back. Meanwhile a lease that is gone is no loss, since it goes with what is
   * told; a holder that has lost it really is refused by its token. Once it is told, the run is held no longer.
   */
  async part(tell: () => Promise<void>): Promise<void> {
    this.parting = true;
    try {
      await tell();
      this.stopRenewing();
    } finally {
      this.parting = false;
    }
  }

  /** Stops renewing; the lease is left to whoever concluded, suspended or will sweep the run. */
  async close(): Promise<void> {
    this.stopRenewing();
    await this.unpoke.stop();
    await this.renewing;
  }

  private stopRenewing(): void {
    this.closed = true;
    clearTimeout(this.timer);
    clearTimeout(this.expiry);
  }

  /** A renewal that is under way may have left with what was known before. */
  private async renewAnew(): Promise<void> {
    await this.renewing;
    await this.renew();
  }

  private async renewOnce(): Promise<void> {
    if (this.closed || this.stopped === 'lost') return;
    const { runId, token, desk, ttlMs, onTrouble } = this.options;
    const sentAt = performance.now();
    try {
      const renewal = await desk.renew({
        runId,
        token,
        ttlMs,
        progress: this.progress,
        moves: this.moves,
        outlook: this.outlook,
      });
      if (this.isClosed()) return;
      if (!renewal.held) {
        if (!this.parting) this.stop('lost');
        return;
      }
      this.latest = renewal;
      this.armExpiry(sentAt);
      if (renewal.wanted === 'pause') this.onPause?.();
      if (renewal.wanted === 'stop_cancel') this.stop('cancel');
      if (renewal.wanted === 'stop_interrupt') this.stop('interrupt');
      if (renewal.wanted === 'stop_stall') this.stop('stall');
    } catch (error) {
      onTrouble?.(error);
    }
  }

  private get outlook(): RunOutlook {
    const { touched, turnEndsAtMs } = this;
    return {
      ...(touched && { touched }),
      ...(turnEndsAtMs !== undefined && {
        nextCheckpointInMs: Math.max(0, Math.round(turnEndsAtMs - performance.now())),
      }),
    };
  }

  // Read through a method: closing may happen while a renewal is under way.
  private isClosed(): boolean {
    return this.closed;
  }

  private schedule(): void {
    this.timer = setTimeout(() => {
      void this.renew().then(() => {
        if (!this.closed && this.stopped !== 'lost') this.schedule();
      });
    }, this.options.renewMs);
  }

  private armExpiry(sentAt: number): void {
    clearTimeout(this.expiry);
    const leftMs = sentAt + this.options.ttlMs * (1 - marginShare) - performance.now();
    this.expiry = setTimeout(
      () => {
        this.stop('lost');
      },
      Math.max(0, leftMs),
    );
  }

  private stop(cause: StopCause): void {
    if (this.closed || this.stopped === 'lost' || this.stopped === cause) return;
    this.stopped = cause;
    this.onStop?.(cause);
  }
}
