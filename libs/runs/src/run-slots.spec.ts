import { DomainError } from '@missions/kernel';
import { settle } from '@missions/testing';
import type { OpenDelegation, RunDesk } from './run-desk.ts';
import { RunSlots } from './run-slots.ts';

const filter = { roles: ['worker'], tasks: ['build'], labels: [] } as const;

function row(runId: string): OpenDelegation {
  return { runId, missionId: 'm-1', role: 'worker', task: 'build' };
}

function until(check: () => void): Promise<boolean> {
  return settle(() => {
    check();
    return true;
  });
}

/** Open rows, runs that end when the case says so, and what was tried. */
class Bench {
  rows: OpenDelegation[] = [];
  looks = 0;
  readonly tried: string[] = [];
  readonly troubles: unknown[] = [];
  readonly refused = new Set<string>();
  readonly broken = new Set<string>();
  private readonly ends = new Map<string, () => void>();
  private readonly stop = new AbortController();
  readonly slots: RunSlots;
  readonly served: Promise<void>;

  constructor(
    rows: readonly string[],
    options: { slots?: number; pollMs?: number; refused?: string[] } = {},
  ) {
    this.rows = rows.map(row);
    for (const runId of options.refused ?? []) this.refused.add(runId);
    const desk: RunDesk = {
      openDelegations: (_filter, limit) => {
        this.looks += 1;
        return Promise.resolve(this.rows.slice(0, limit));
      },
      renew: () => Promise.resolve({ held: false }),
    };
    this.slots = new RunSlots({
      desk,
      filter,
      slots: options.slots ?? 1,
      pollMs: options.pollMs ?? 60_000,
      drive: (delegation, signal) => this.drive(delegation, signal),
      onTrouble: (error) => this.troubles.push(error),
    });
    this.served = this.slots.serve(this.stop.signal);
  }

  end(runId: string): void {
    this.ends.get(runId)?.();
  }

  async stopped(): Promise<void> {
    this.stop.abort();
    await this.served;
  }

  private async drive({ runId }: OpenDelegation, signal: AbortSignal): Promise<void> {
    this.tried.push(runId);
    await Promise.resolve();
    if (this.refused.has(runId)) throw new DomainError('RUN_NOT_CLAIMABLE', 'Taken.');
    if (this.broken.has(runId)) throw new Error('The bus is away.');
    this.rows = this.rows.filter((open) => open.runId !== runId);
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.ends.set(runId, () => {
      resolve(undefined);
    });
    signal.addEventListener('abort', () => {
      resolve(undefined);
    });
    await promise;
  }
}

describe('serving open delegations', () => {
  it('drives the oldest ones, as many at once as it has slots, and the next as soon as one is free', async () => {
    const bench = new Bench(['r1', 'r2', 'r3'], { slots: 2 });
    await until(() => {
      expect(bench.slots.running).toEqual(['r1', 'r2']);
    });
    bench.end('r1');
    await until(() => {
      expect(bench.slots.running).toEqual(['r2', 'r3']);
    });
    await bench.stopped();
  });

  it('looks again when it is woken, but not while every slot is taken', async () => {
    const bench = new Bench([]);
    await until(() => {
      expect(bench.looks).toBe(1);
    });
    bench.rows = [row('r1')];
    bench.slots.wake();
    await until(() => {
      expect(bench.slots.running).toEqual(['r1']);
    });
    const before = bench.looks;
    bench.slots.wake();
    await Promise.resolve();
    expect(bench.looks).toBe(before);
    await bench.stopped();
  });

  it('goes on with younger ones at once when somebody else was faster', async () => {
    const bench = new Bench(['r1', 'r2'], { refused: ['r1'] });
    await until(() => {
      expect(bench.slots.running).toEqual(['r2']);
    });
    expect(bench.tried).toEqual(['r1', 'r2']);
    expect(bench.troubles).toEqual([]);
    await bench.stopped();
  });

  it('tries a row that cannot be claimed once a poll, however often it is woken', async () => {
    const bench = new Bench(['r1'], { refused: ['r1'] });
    await until(() => {
      expect(bench.tried).toEqual(['r1']);
    });
    for (let wake = 1; wake <= 20; wake += 1) {
      const before = bench.looks;
      bench.slots.wake();
      await until(() => {
        expect(bench.looks).toBeGreaterThan(before);
      });
    }
    expect(bench.tried).toEqual(['r1']);
    await bench.stopped();
  });

  it('tries it again with a later poll', async () => {
    const bench = new Bench(['r1'], { refused: ['r1'], pollMs: 20 });
    await until(() => {
      expect(bench.tried.length).toBeGreaterThan(1);
    });
    await bench.stopped();
  });

  it('tells a fault, and leaves its row alone for a poll as well', async () => {
    const bench = new Bench([]);
    bench.broken.add('r1');
    bench.rows = [row('r1'), row('r2')];
    bench.slots.wake();
    await until(() => {
      expect(bench.slots.running).toEqual(['r2']);
    });
    expect(bench.troubles).toHaveLength(1);
    await bench.stopped();
  });

  it('ends only when every run it drives has come to rest', async () => {
    const bench = new Bench(['r1']);
    await until(() => {
      expect(bench.slots.running).toEqual(['r1']);
    });
    await bench.stopped();
    expect(bench.slots.running).toEqual([]);
  });
});
