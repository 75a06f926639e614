import { createRedactor } from '@missions/kernel';
import { createLogger } from '../logging/logger.ts';
import { untilAvailable, type AvailabilityWait } from './until-available.ts';

const logger = createLogger({
  service: 'worker',
  level: 'silent',
  redactor: createRedactor({ secrets: [] }),
});
const wait = (more: Partial<AvailabilityWait> = {}): AvailabilityWait => ({
  what: 'Postgres',
  limitMs: 10_000,
  signal: new AbortController().signal,
  logger,
  ...more,
});
const refused = new Error('connect ECONNREFUSED');

describe('waiting for what a service needs', () => {
  it('goes on as soon as it is there', async () => {
    let tries = 0;
    const attempt = (): Promise<string> => {
      tries += 1;
      return tries < 3 ? Promise.reject(refused) : Promise.resolve('there');
    };
    expect(await untilAvailable(wait(), attempt)).toBe('there');
  });

  it('ends at the limit with what was waited for and why', async () => {
    const waiting = untilAvailable(wait({ limitMs: 50 }), () => Promise.reject(refused));
    await expect(waiting).rejects.toMatchObject({
      code: 'DEPENDENCY_UNAVAILABLE',
      message: 'Postgres did not become available within 50 ms: connect ECONNREFUSED',
      cause: refused,
    });
  });

  it('does not wait for what waiting cannot mend', async () => {
    let tries = 0;
    const attempt = (): Promise<never> => {
      tries += 1;
      return Promise.reject(new Error('password authentication failed'));
    };
    await expect(untilAvailable(wait({ isHopeless: () => true }), attempt)).rejects.toThrow('password');
    expect(tries).toBe(1);
  });

  it('ends at once when the service is asked to stop', async () => {
    const stop = new AbortController();
    const reason = new Error('asked to stop');
    const waiting = untilAvailable(wait({ signal: stop.signal }), () => Promise.reject(refused));
    stop.abort(reason);
    await expect(waiting).rejects.toBe(reason);
  });

  it('gives an attempt that hangs no longer than the limit', async () => {
    const attempt = (signal: AbortSignal): Promise<never> =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          reject(new Error('hung'));
        });
      });
    await expect(untilAvailable(wait({ limitMs: 50 }), attempt)).rejects.toThrow('hung');
  });
});
