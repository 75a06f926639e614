import { DomainError } from '@missions/kernel';
import type { MissionCommandRequest } from '@missions/contracts';
import type { ExpiredRun } from '@missions/runs';
import { SweepLeases } from './sweep-leases.ts';

const leaseTtlMs = 20_000;

/** Leases that have run out, a clock that the case moves, and what was commanded. */
class Bench {
  nowMs = 0;
  expired: ExpiredRun[] = [];
  graces = 0;
  readonly commands: MissionCommandRequest[] = [];
  answer: (runId: string) => void = () => undefined;
  readonly sweeper: SweepLeases;

  constructor(sweepMs = 1_000) {
    this.sweeper = new SweepLeases({
      rows: {
        expired: () => Promise.resolve(this.expired),
        grace: () => {
          this.graces += 1;
          this.expired = [];
          return Promise.resolve();
        },
      },
      command: async (request) => {
        this.commands.push(request);
        await Promise.resolve();
        this.answer((request.command.data as { runId: string }).runId);
      },
      clock: { now: () => new Date(this.nowMs) },
      leaseTtlMs,
      sweepMs,
    });
  }

  sweepAt(nowMs: number, ...runIds: readonly string[]): Promise<void> {
    this.nowMs = nowMs;
    this.expired = runIds.map((runId) => ({ runId, missionId: 'm-1', token: 7 }));
    return this.sweeper.sweep();
  }
}

describe('sweeping leases', () => {
  it('gives everyone one time to live of grace after its start', async () => {
    const bench = new Bench();
    await bench.sweepAt(0, 'm-1-r1');
    expect(bench).toMatchObject({ graces: 1, commands: [] });
  });

  it('releases what has run out since, as the service, once by run and token', async () => {
    const bench = new Bench();
    await bench.sweepAt(0);
    await bench.sweepAt(1_000, 'm-1-r1');
    expect(bench.graces).toBe(1);
    expect(bench.commands).toEqual([
      {
        commandId: 'm-1-r1/7/expired',
        missionId: 'm-1',
        actor: { kind: 'service', id: 'orchestrator' },
        command: { type: 'ReleaseRun', data: { runId: 'm-1-r1', token: 7, reason: 'expired' } },
      },
    ]);
  });

  it('gives grace again after a gap in which nobody swept', async () => {
    const bench = new Bench();
    await bench.sweepAt(0);
    await bench.sweepAt(leaseTtlMs + 1, 'm-1-r1');
    expect(bench).toMatchObject({ graces: 2, commands: [] });
  });

  it('takes its own slow pace for no gap, so that leases expire at all', async () => {
    const bench = new Bench(30_000);
    await bench.sweepAt(0);
    await bench.sweepAt(30_000, 'm-1-r1');
    expect(bench.graces).toBe(1);
    expect(bench.commands).toHaveLength(1);
  });

  it('leaves alone what ended or was claimed anew in the meantime', async () => {
    const bench = new Bench();
    bench.answer = () => {
      throw new DomainError('STALE_TOKEN', 'Claimed anew.');
    };
    await bench.sweepAt(0);
    await expect(bench.sweepAt(1_000, 'm-1-r1')).resolves.toBeUndefined();
  });

  it('releases the others before it tells the fault of one', async () => {
    const bench = new Bench();
    bench.answer = (runId) => {
      if (runId === 'm-1-r1') throw new Error('The mission cannot be folded.');
    };
    await bench.sweepAt(0);
    await expect(bench.sweepAt(1_000, 'm-1-r1', 'm-1-r2')).rejects.toThrow('cannot be folded');
    expect(bench.commands.map(({ commandId }) => commandId)).toContain('m-1-r2/7/expired');
  });
});
