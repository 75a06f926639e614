import { rest } from '../rest.ts';

/** A run, and the time after it in which its stream is left alone; the rest never fails. */
interface Run {
  readonly work: Promise<void>;
  readonly rested: Promise<void>;
}

/**
 * Runs work by stream: one run per stream at a time, at most `limit` streams together. A run asked for while another is
 * going on or its stream rests begins then, once for all who asked, so that it sees what they were told of.
 */
export class StreamRuns {
  readonly #work: (stream: string) => Promise<void>;
  readonly #limit: number;
  readonly #rest: (tookMs: number) => Promise<void>;
  readonly #running = new Map<string, Run>();
  readonly #queued = new Map<string, Promise<void>>();
  readonly #waiting: (() => void)[] = [];
  #busy = 0;

  constructor(work: (stream: string) => Promise<void>, limit: number, resting = rest) {
    this.#work = work;
    this.#limit = limit;
    this.#rest = resting;
  }

  /** How many runs are going on, rest or wait. */
  get size(): number {
    return this.#running.size + this.#queued.size;
  }

  run(stream: string): Promise<void> {
    const queued = this.#queued.get(stream);
    if (queued) return queued;
    const running = this.#running.get(stream);
    if (!running) return this.#start(stream);
    const next = running.rested.then(() => {
      this.#queued.delete(stream);
      return this.#start(stream);
    });
    this.#queued.set(stream, next);
    return next;
  }

  /** Resolves when the run that is asked for, or else the one that goes on, if there is any, has ended, however it did. */
  async ended(stream: string): Promise<void> {
    const run = this.#queued.get(stream) ?? this.#running.get(stream)?.work;
    await run?.catch(() => undefined);
  }

  /** Resolves when nothing runs any more. */
  async idle(): Promise<void> {
    while (this.size > 0) {
      const running = [...this.#running.values()].map(({ rested }) => rested);
      await Promise.allSettled([...running, ...this.#queued.values()]);
    }
  }

  #start(stream: string): Promise<void> {
    let beganAt = performance.now();
    const work = this.#inSlot(() => {
      beganAt = performance.now();
      return this.#work(stream);
    });
    const rested = work
      .catch(() => undefined)
      .then(() => this.#rest(performance.now() - beganAt))
      .then(() => {
        this.#running.delete(stream);
      });
    this.#running.set(stream, { work, rested });
    return work;
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
