import type { MissionCommandRequest } from '@missions/contracts';
import { DomainError } from '@missions/kernel';
import type { StallSighting, UnclaimedRun } from '@missions/runs';
import { WatchRuns } from './watch-runs.ts';

const at = new Date('2026-03-01T10:00:00.000Z');
const sighting = (due: StallSighting['due'], runId = 'm-1-r4'): StallSighting => ({
  runId,
  missionId: 'm-1',
  token: 7,
  due,
  sinceAt: at,
  lastLine: 'bash npm test',
});

/** What two replicas see in the same rows, and what they command. */
class Bench {
  stalls: StallSighting[] = [];
  unclaimed: UnclaimedRun[] = [];
  readonly commands: MissionCommandRequest[] = [];
  answer: (request: MissionCommandRequest) => void = () => undefined;
  private readonly replicas = [this.replica(), this.replica()];

  async look(): Promise<void> {
    for (const replica of this.replicas) await replica.look();
  }

  get said(): readonly string[] {
    return this.commands.map(({ command, commandId }) => `${command.type} ${commandId}`);
  }

  private replica(): WatchRuns {
    return new WatchRuns({
      rows: {
        stalls: () => Promise.resolve(this.stalls),
        unclaimed: () => Promise.resolve(this.unclaimed),
      },
      command: async (request) => {
        await Promise.resolve();
        this.commands.push(request);
        this.answer(request);
      },
      stallMs: 900_000,
    });
  }
}

describe('watching runs', () => {
  it.each([
    ['say', 'RecordStall m-1-r4/7/stalled/2026-03-01T10:00:00.000Z'],
    ['clear', 'RecordRecovery m-1-r4/7/moves/2026-03-01T10:00:00.000Z'],
    ['stop', 'StopStalledRun m-1-r4/7/stop'],
    ['fail', 'FailStalledRun m-1-r4/7/fail'],
  ] as const)('has the mission %s what is due, by the same id from every replica', async (due, said) => {
    const bench = new Bench();
    bench.stalls = [sighting(due)];
    await bench.look();
    expect(bench.said).toEqual([said, said]);
    expect(bench.commands[0]?.actor).toEqual({ kind: 'service', id: 'orchestrator' });
  });

  it('says of a run that nobody claims which service it waits for, and whether slots are taken', async () => {
    const bench = new Bench();
    const waits = {
      runId: 'm-1-r4',
      missionId: 'm-1',
      task: 'validate',
      labels: ['gpu'],
      sinceAt: at,
    } as const;
    bench.unclaimed = [{ ...waits, role: 'scrutiny', heldElsewhere: 2 }];
    await bench.look();
    expect(bench.said[0]).toBe('RecordUnclaimed m-1-r4/unclaimed/2026-03-01T10:00:00.000Z');
    expect((bench.commands[0]?.command.data as { needs: string }).needs).toMatch(
      /No validator with the labels gpu takes validate runs.*2 runs are held/,
    );
  });

  it('leaves alone what ended meanwhile, and sees the others in spite of one mission’s fault', async () => {
    const bench = new Bench();
    bench.stalls = [sighting('stop'), sighting('stop', 'm-1-r5')];
    bench.answer = () => {
      throw new DomainError('STALE_TOKEN', 'Claimed anew.');
    };
    await expect(bench.look()).resolves.toBeUndefined();
    bench.answer = ({ commandId }) => {
      if (commandId.startsWith('m-1-r4')) throw new Error('The mission cannot be folded.');
    };
    await expect(bench.look()).rejects.toThrow('cannot be folded');
    expect(bench.said.at(-1)).toBe('StopStalledRun m-1-r5/7/stop');
  });
});
