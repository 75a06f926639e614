import { DatabaseClock } from './database-clock.ts';

/** A database whose clock is far from ours, asked over a line that takes its time. */
class Far {
  monotonicMs = 0;
  aheadMs = 7_200_000;
  asked = 0;
  readonly time = new DatabaseClock(
    {
      now: () => {
        this.asked += 1;
        const at = this.at();
        this.monotonicMs += 3;
        return Promise.resolve(at);
      },
    },
    () => this.monotonicMs,
  );

  at(): string {
    return new Date(this.monotonicMs + this.aheadMs).toISOString();
  }
}

describe("the database's clock", () => {
  it('is asked once, and worked out from its answer while that serves', async () => {
    const far = new Far();
    await far.time.now();
    far.monotonicMs += 4000;
    const { at, isEstimate } = await far.time.now();
    expect([isEstimate, far.asked]).toEqual([true, 1]);
    expect(Date.parse(far.at()) - Date.parse(at)).toBe(3);
    far.monotonicMs += 2000;
    expect(await far.time.now()).toMatchObject({ isEstimate: false });
  });

  it('takes the answer that was on its way for the shortest time', async () => {
    const far = new Far();
    await far.time.now();
    far.time.hear(far.at());
    const late = far.at();
    far.monotonicMs += 50;
    far.time.hear(late);
    expect(await far.time.now()).toEqual({ at: far.at(), isEstimate: true });
  });

  it('is believed when it was set, after it was asked again', async () => {
    const far = new Far();
    await far.time.now();
    far.aheadMs = 0;
    await far.time.read();
    const { at } = await far.time.now();
    expect(Date.parse(at)).toBeLessThanOrEqual(Date.parse(far.at()));
  });
});
