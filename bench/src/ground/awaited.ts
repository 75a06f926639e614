/** Things that arrive under a key and are waited for, in whatever order the two happen. */
export class Awaited<Value> {
  readonly #arrived = new Map<string, Value[]>();
  readonly #waiting = new Map<string, { readonly count: number; readonly resolve: () => void }>();

  add(key: string, value: Value): void {
    const values = this.#arrived.get(key) ?? [];
    values.push(value);
    this.#arrived.set(key, values);
    const waiting = this.#waiting.get(key);
    if (waiting && values.length >= waiting.count) waiting.resolve();
  }

  /** Resolves with what has arrived once it is `count`; rejects after `limitMs`. The key is forgotten then. */
  async take(key: string, { count = 1, limitMs = 20_000 } = {}): Promise<readonly Value[]> {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => {
      reject(new Error(`${key} did not arrive within ${String(limitMs)} ms.`));
    }, limitMs);
    this.#waiting.set(key, {
      count,
      resolve: () => {
        resolve(undefined);
      },
    });
    if ((this.#arrived.get(key)?.length ?? 0) >= count) resolve(undefined);
    try {
      await promise;
      return this.#arrived.get(key) ?? [];
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(key);
      this.#arrived.delete(key);
    }
  }
}
