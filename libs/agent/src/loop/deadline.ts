/** The longest time a timer can be set to. */
const LONGEST_MS = 2 ** 31 - 1;

/** The working time a run has left; its signal aborts when that is over. */
export class Deadline {
  private readonly controller = new AbortController();
  private timer: NodeJS.Timeout | undefined;

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  start(leftMs: number): void {
    const over = (): void => {
      this.controller.abort(new Error('The run has used up its time.'));
    };
    if (leftMs <= 0) over();
    else this.timer = setTimeout(over, Math.min(leftMs, LONGEST_MS));
  }

  end(): void {
    clearTimeout(this.timer);
  }
}
