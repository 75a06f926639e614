import { StoreUnavailableError } from '../store-unavailable.ts';

/** One holder per stream; waiters come next in the order they asked. */
export class StreamLocks {
  readonly #tails = new Map<string, Promise<void>>();

  /** Runs `work` while it holds all the streams; they are taken in one order, so that holders never wait in a circle. */
  async holding<R>(streams: readonly string[], waitMs: number, work: () => Promise<R> | R): Promise<R> {
    const held: (() => void)[] = [];
    try {
      for (const stream of new Set(streams.toSorted())) held.push(await this.#take(stream, waitMs));
      return await work();
    } finally {
      for (const letGo of held) letGo();
    }
  }

  async #take(stream: string, waitMs: number): Promise<() => void> {
    const before = this.#tails.get(stream);
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const tail = (before ?? Promise.resolve()).then(() => promise);
    this.#tails.set(stream, tail);
    const letGo = (): void => {
      resolve(undefined);
      if (this.#tails.get(stream) === tail) this.#tails.delete(stream);
    };
    if (before) await turn(stream, before, waitMs).catch(letGoAndThrow(letGo));
    return letGo;
  }
}

function turn(stream: string, before: Promise<void>, waitMs: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => {
    const cause = new Error(`${stream} stayed locked for ${String(waitMs)} ms.`);
    reject(new StoreUnavailableError(cause.message, { cause }));
  }, waitMs);
  void before.then(() => {
    clearTimeout(timer);
    resolve(undefined);
  });
  return promise;
}

function letGoAndThrow(letGo: () => void): (error: unknown) => never {
  return (error) => {
    letGo();
    throw error;
  };
}
