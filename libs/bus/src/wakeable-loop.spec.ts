import { jest } from '@jest/globals';
import { WakeableLoop } from './wakeable-loop.ts';

describe('a loop that can be woken', () => {
  const pauseMs = 1_000;
  let rounds: number;
  let loop: WakeableLoop;
  beforeEach(async () => {
    jest.useFakeTimers();
    rounds = 0;
    loop = new WakeableLoop({ round: () => Promise.resolve((rounds += 1) && pauseMs) });
    loop.start();
    await jest.advanceTimersByTimeAsync(0);
  });
  afterEach(async () => {
    await loop.stop();
    jest.useRealTimers();
  });

  const roundsAfter = async (ms: number): Promise<number> => {
    await jest.advanceTimersByTimeAsync(ms);
    return rounds;
  };

  it('begins a round after the pause that the last one asked for', async () => {
    expect(await roundsAfter(pauseMs - 1)).toBe(1);
    expect(await roundsAfter(1)).toBe(2);
  });

  it('begins one at once when it is woken', async () => {
    loop.wake();
    expect(await roundsAfter(0)).toBe(2);
  });

  it('begins one for all who wake it for later', async () => {
    loop.wakeWithin(25);
    await roundsAfter(20);
    loop.wakeWithin(25);
    expect(await roundsAfter(4)).toBe(1);
    expect(await roundsAfter(1)).toBe(2);
    expect(await roundsAfter(100)).toBe(2);
  });

  it('has done with them when a round began before', async () => {
    loop.wakeWithin(25);
    loop.wake();
    expect(await roundsAfter(100)).toBe(2);
    loop.wakeWithin(25);
    expect(await roundsAfter(25)).toBe(3);
  });

  it('begins none when it has stopped', async () => {
    loop.wakeWithin(25);
    await loop.stop();
    loop.wakeWithin(25);
    expect(await roundsAfter(pauseMs)).toBe(1);
  });
});
