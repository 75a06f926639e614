import { rest } from '../rest.ts';

/** A run, and the time after it in which its stream is left alone; the rest never fails. */
interface Run {
  readonly work: Promise<void>;
  readonly rested: Promise<void>;
}

/** A run that begins when its stream has rested. */
interface QueuedRun {
  readonly work: Promise<void>;
  isUrgent: boolean;
}

/** Streams that wait to begin, in the order they came. */
type Line = Map<string, () => void>;

/**
 * Runs work by stream: one run per stream at a time, at most `limit` streams together. A run asked for while another is
 * going on or its stream rests begins then, once for all who asked, so that it sees what they were told of. Where streams
 * wait for each other, one of those that are urgent and one of the others go on by turns.
 */
export class StreamRuns {
  readonly #work: (stream: string) => Promise<void>;
  readonly #limit: number;
  readonly #rest: (tookMs: number) => Promise<void>;
  readonly #running = new Map<string, Run>();
  readonly #queued = new Map<string, QueuedRun>();
  readonly #urgent: Line = new Map();
  readonly #patient: Line = new Map();
  #isUrgentsTurn = true;
  #busy = 0;

  constructor(work: (stream: string) => Promise<void>, limit: number, resting = rest) {
    this.#work = work;
    this.#limit = limit;
    this.#rest = resting;
  }

  run(stream: string, { isUrgent = false } = {}): Promise<void> {
    const queued = this.#queued.get(stream);
    if (queued) {
      queued.isUrgent ||= isUrgent;
      return queued.work;
    }
    const running = this.#running.get(stream);
    if (!running) return this.#start(stream, isUrgent);
    if (this.#isInLine(stream, isUrgent)) return running.work;
    const next: QueuedRun = {
      isUrgent,
      work: running.rested.then(() => {
        this.#queued.delete(stream);
        return this.#start(stream, next.isUrgent);
      }),
    };
    this.#queued.set(stream, next);
    return next.work;
  }

  /** Resolves when the run that is asked for, or else the one that goes on, if there is any, has ended, however it did. */
  async ended(stream: string): Promise<void> {
    const run = this.#queued.get(stream) ?? this.#running.get(stream);
    await run?.work.catch(() => undefined);
  }

  /** Resolves when nothing runs any more. */
  async idle(): Promise<void> {
    while (this.#running.size + this.#queued.size > 0) {
      const running = [...this.#running.values()].map(({ rested }) => rested);
      const queued = [...this.#queued.values()].map(({ work }) => work);
      await Promise.allSettled([...running, ...queued]);
    }
  }

  #start(stream: string, isUrgent: boolean): Promise<void> {
    let beganAt = performance.now();
    const work = this.#inSlot({ stream, isUrgent }, () => {
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

  /** Whether its run has not begun yet, and so will see everything; it becomes urgent with who asks for it. */
  #isInLine(stream: string, isUrgent: boolean): boolean {
    const patient = this.#patient.get(stream);
    if (!patient) return this.#urgent.has(stream);
    if (isUrgent && this.#patient.delete(stream)) this.#urgent.set(stream, patient);
    return true;
  }

  async #inSlot(
    { stream, isUrgent }: { readonly stream: string; readonly isUrgent: boolean },
    work: () => Promise<void>,
  ): Promise<void> {
    if (this.#busy >= this.#limit) {
      await new Promise<void>((resolve) => (isUrgent ? this.#urgent : this.#patient).set(stream, resolve));
    } else {
      this.#busy += 1;
    }
    try {
      await work();
    } finally {
      const next = this.#nextInLine();
      if (next) next();
      else this.#busy -= 1;
    }
  }

  #nextInLine(): (() => void) | undefined {
    const [first, second] = this.#isUrgentsTurn
      ? [this.#urgent, this.#patient]
      : [this.#patient, this.#urgent];
    this.#isUrgentsTurn = !this.#isUrgentsTurn;
    return takeFirst(first) ?? takeFirst(second);
  }
}

function takeFirst(line: Line): (() => void) | undefined {
  const [next] = line;
  if (!next) return undefined;
  const [stream, begin] = next;
  line.delete(stream);
  return begin;
}
