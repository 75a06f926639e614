import { TurnPace } from './turn-pace.ts';

function paced(...instants: readonly (readonly [turn: number, nowMs: number])[]): TurnPace {
  const pace = new TurnPace();
  for (const [turn, nowMs] of instants) pace.at(turn, nowMs);
  return pace;
}

describe('the pace of turns', () => {
  it('foresees nothing before a turn has ended', () => {
    expect(paced([0, 0]).turnEndsAtMs).toBeUndefined();
    expect(paced([0, 0], [0, 900]).turnEndsAtMs).toBeUndefined();
  });

  it('foresees the end of a turn by the median of those before it', () => {
    expect(paced([0, 0], [1, 1_000], [2, 31_000], [3, 33_000]).turnEndsAtMs).toBe(33_000 + 2_000);
  });

  it('forgets what was long ago', () => {
    const slow = [0, 1, 2].map((turn): [number, number] => [turn, turn * 60_000]);
    const quick = [3, 4, 5, 6, 7, 8].map((turn): [number, number] => [turn, 120_000 + (turn - 2) * 1_000]);
    expect(paced(...slow, ...quick).turnEndsAtMs).toBe(126_000 + 1_000);
  });
});
