/**
 * Runs work by stream: one run per stream at a time, at most `limit` streams together. A run asked for while another is
 * going on begins after it, once for all who asked, so that it sees what they were told of.
 */
export class StreamRuns {
  readonly #work: (stream: string) => Promise<void>;
  readonly #limit: number;
  readonly #running = new Map<string, Promise<void>>();
  readonly #queued = new Map<string, Promise<void>>();
  readonly #waiting: (() => void)[] = [];
  #busy = 0;

  constructor(work: (stream: string) => Promise<void>, limit: number) {
    this.#work = work;
    this.#limit = limit;
  }

  /** How many runs are going on or waiting. */
  get size(): number {
    return this.#running.size + this.#queued.size;
  }

  run(stream: string): Promise<void> {
    const queued = this.#queued.get(stream);
    if (queued) return queued;
    const running = this.#running.get(stream);
    if (!running) return this.#start(stream);
    const next = running
      .catch(() => undefined)
      .then(() => {
        this.#queued.delete(stream);
        return this.#start(stream);
      });
    this.#queued.set(stream, next);
    return next;
  }

  /** Resolves when the run that is going on, if there is one, has ended, however it did. */
  async ended(stream: string): Promise<void> {
    await this.#running.get(stream)?.catch(() => undefined);
  }

  /** Resolves when nothing runs any more. */
  async idle(): Promise<void> {
    while (this.size > 0) {
      await Promise.allSettled([...this.#running.values(), ...this.#queued.values()]);
    }
  }

  #start(stream: string): Promise<void> {
    const run = this.#inSlot(() => this.#work(stream)).finally(() => {
      if (this.#running.get(stream) === run) this.#running.delete(stream);
    });
    this.#running.set(stream, run);
    return run;
  }

  async #inSlot(work: () => Promise<void>): Promise<void> {
    if (this.#busy >= this.#limit) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#busy += 1;
    }
    try {
      await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#busy -= 1;
    }
  }
}
