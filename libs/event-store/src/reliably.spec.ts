import { reliably } from './reliably.ts';
import { StoreUnavailableError } from './store-unavailable.ts';

const unavailable = new StoreUnavailableError('gone', { cause: new Error('ECONNRESET') });

/** Work that fails with these errors, one after another, and then succeeds. */
function failing(...errors: readonly Error[]): () => Promise<string> {
  const left = [...errors];
  return () => {
    const error = left.shift();
    return error ? Promise.reject(error) : Promise.resolve('done');
  };
}

describe('doing something reliably', () => {
  it('repeats what failed transiently, and tells so', async () => {
    const told: number[] = [];
    const work = failing(unavailable, unavailable);
    const limits = { limitMs: 5_000, onRetry: (_error: unknown, attempt: number) => told.push(attempt) };
    expect(await reliably(work, limits)).toBe('done');
    expect(told).toEqual([1, 2]);
  });

  it('does not repeat any other failure', async () => {
    const refused = new Error('refused');
    await expect(reliably(failing(refused), { limitMs: 5_000 })).rejects.toBe(refused);
  });

  it('gives up with the last error when the time is up', async () => {
    const always = (): Promise<never> => Promise.reject(unavailable);
    await expect(reliably(always, { limitMs: 60 })).rejects.toBe(unavailable);
  });

  it('stops when it is aborted', async () => {
    const controller = new AbortController();
    const always = (): Promise<never> => Promise.reject(unavailable);
    const stopped = reliably(always, {
      limitMs: 60_000,
      signal: controller.signal,
      onRetry: () => controller.abort(new Error('stop')),
    });
    await expect(stopped).rejects.toThrow('stop');
  });
});
