import { createRedactor, delay } from '@missions/kernel';
import { createLogger } from '../logging/logger.ts';
import { Background } from './background.ts';

const logger = createLogger({
  service: 'worker',
  level: 'silent',
  redactor: createRedactor({ secrets: [] }),
});

describe('background work', () => {
  it('starts again after a fault and ends when the service stops', async () => {
    const stop = new AbortController();
    const background = new Background(stop.signal, logger);
    let starts = 0;
    background.start('loop', async (signal) => {
      starts += 1;
      if (starts < 3) throw new Error('fault');
      stop.abort();
      await delay(60_000, signal);
    });
    await background.stopped();
    expect(starts).toBe(3);
  });

  it('never overlaps with itself', async () => {
    const stop = new AbortController();
    const background = new Background(stop.signal, logger);
    let running = 0;
    let calls = 0;
    background.every(1, 'sweep', async () => {
      running += 1;
      expect(running).toBe(1);
      await Promise.resolve();
      running -= 1;
      calls += 1;
      if (calls === 5) stop.abort();
    });
    await background.stopped();
    expect(calls).toBe(5);
  });

  it('has names that are unique', () => {
    const background = new Background(AbortSignal.abort(), logger);
    background.start('a', () => Promise.resolve());
    expect(() => {
      background.start('a', () => Promise.resolve());
    }).toThrow('started twice');
  });
});
