import { AwaitedPokes } from './awaited-pokes.ts';

describe('awaited pokes', () => {
  let now = 0;
  let awaited: AwaitedPokes;
  beforeEach(() => {
    now = 1_000;
    awaited = new AwaitedPokes(() => now);
  });

  it('let the relay wait for its poll when nothing is awaited', () => {
    expect(awaited.pauseMs(1_000)).toBe(1_000);
  });

  it('make it look again soon, and less often each time', () => {
    awaited.add({ stream: 'mission-a', version: 3 });
    const pauses = [1, 2, 3].map(() => awaited.pauseMs(1_000));
    expect(pauses).toEqual([4, 8, 16]);
    expect(awaited.oldest).toBe(1_000);
  });

  it('are over once that version, or a later one, was seen', () => {
    awaited.add({ stream: 'mission-a', version: 3 });
    awaited.seen('mission-a', 2);
    expect(awaited.oldest).toBe(1_000);
    awaited.seen('mission-a', 4);
    expect(awaited.oldest).toBeUndefined();
  });

  it('remember since when a stream has been awaited', () => {
    awaited.add({ stream: 'mission-a', version: 3 });
    now = 2_000;
    awaited.add({ stream: 'mission-a', version: 4 });
    awaited.add({ stream: 'mission-a', version: 2 });
    expect(awaited.oldest).toBe(1_000);
  });

  it('are given up after a while: a poke may announce what never was', () => {
    awaited.add({ stream: 'mission-a', version: 3 });
    now = 7_000;
    expect(awaited.pauseMs(1_000)).toBe(1_000);
  });
});
