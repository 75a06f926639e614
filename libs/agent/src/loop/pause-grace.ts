/** The time that the turn under way still has once a pause is wanted; its signal aborts when that time is over. */
export class PauseGrace {
  private readonly controller = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private readonly onPause = (): void => {
    this.timer = setTimeout(() => {
      this.controller.abort(new Error('A pause was wanted, and its time of grace is over.'));
    }, this.graceMs);
  };

  constructor(
    private readonly pauseSignal: AbortSignal | undefined,
    private readonly graceMs: number,
  ) {
    if (pauseSignal?.aborted) this.onPause();
    else pauseSignal?.addEventListener('abort', this.onPause, { once: true });
  }

  get wanted(): boolean {
    return this.pauseSignal?.aborted ?? false;
  }

  /** Aborts when the grace is over. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  end(): void {
    clearTimeout(this.timer);
    this.pauseSignal?.removeEventListener('abort', this.onPause);
  }
}
