import { Metrics } from '@missions/runtime';
import { RelayHealth, type Waiting } from './relay-health.ts';

/** One relay, a log in which something waits or not, and a clock that the case moves. */
class Bench {
  nowMs = 0;
  cursor: string | undefined = '5.1';
  problem: string | undefined;
  waiting: Waiting | undefined;
  readonly metrics = new Metrics('decide');
  readonly health = new RelayHealth({
    relays: [
      {
        status: () => ({
          stream: 'events',
          relayed: 7,
          sequence: 7,
          cursor: this.cursor,
          lagMs: 0,
          problem: this.problem,
        }),
      },
    ],
    waitingBehind: () => Promise.resolve(this.waiting),
    clock: { now: () => new Date(this.nowMs) },
    metrics: this.metrics,
  });

  async measuredAt(seconds: number): Promise<string> {
    this.nowMs = seconds * 1_000;
    await this.health.measure();
    return this.health.check().then(
      () => 'ok',
      (error: unknown) => (error as Error).message,
    );
  }
}

describe('the health of the relay', () => {
  it('is good while nothing waits, and while what waits comes forward', async () => {
    const bench = new Bench();
    expect(await bench.measuredAt(0)).toBe('ok');
    bench.waiting = { ageMs: 90_000, isReadable: true };
    for (const seconds of [10, 20, 30]) {
      bench.cursor = `5.${String(seconds)}`;
      expect(await bench.measuredAt(seconds)).toBe('ok');
    }
    expect(await bench.metrics.registry.metrics()).toMatch(/missions_relay_lag_seconds\{.*events.*\} 90/);
  });

  it('is bad when something waits and the relay does not move, though it knows of no problem', async () => {
    const bench = new Bench();
    bench.waiting = { ageMs: 1_000, isReadable: true };
    expect(await bench.measuredAt(0)).toBe('ok');
    expect(await bench.measuredAt(9)).toBe('ok');
    expect(await bench.measuredAt(11)).toBe('events: an event waits, and the relay does not come forward');
    bench.problem = 'no responders';
    expect(await bench.measuredAt(12)).toBe('events: no responders');
    bench.waiting = undefined;
    expect(await bench.measuredAt(13)).toBe('ok');
  });

  it('names what holds the feed back when the log has more than the feed lets out', async () => {
    const bench = new Bench();
    bench.cursor = undefined;
    bench.waiting = { ageMs: 1_000, isReadable: false };
    await bench.measuredAt(0);
    expect(await bench.measuredAt(20)).toContain('rebase_feed');
  });
});
