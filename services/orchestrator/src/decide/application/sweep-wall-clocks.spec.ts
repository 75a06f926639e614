import type { MissionCommandRequest } from '@missions/contracts';
import { DomainError } from '@missions/kernel';
import { SweepWallClocks, type DueWallClock } from './sweep-wall-clocks.ts';

const dueAt = new Date('2026-03-01T10:05:00.000Z');
const due = (runId: string): DueWallClock => ({ runId, missionId: 'm-1', token: 7, dueAt });

async function sweep(
  runs: readonly string[],
  answer: (runId: string) => void = () => undefined,
): Promise<readonly MissionCommandRequest[]> {
  const commands: MissionCommandRequest[] = [];
  const sweeper = new SweepWallClocks({
    due: () => Promise.resolve(runs.map(due)),
    command: async (request) => {
      commands.push(request);
      await Promise.resolve();
      answer((request.command.data as { runId: string }).runId);
    },
  });
  await sweeper.sweep();
  return commands;
}

describe('sweeping wall clocks', () => {
  it('has the mission look, as the service, once for each run, token and time', async () => {
    expect(await sweep(['m-1-r1'])).toEqual([
      {
        commandId: 'm-1-r1/7/wall-clock/2026-03-01T10:05:00.000Z',
        missionId: 'm-1',
        actor: { kind: 'service', id: 'orchestrator' },
        command: { type: 'CheckWallClock', data: { runId: 'm-1-r1', token: 7 } },
      },
    ]);
  });

  it('leaves alone what is no longer held so', async () => {
    const stale = (): never => {
      throw new DomainError('STALE_TOKEN', 'Claimed anew.');
    };
    await expect(sweep(['m-1-r1'], stale)).resolves.toHaveLength(1);
  });

  it('looks at the others before it tells the fault of one', async () => {
    const seen: string[] = [];
    const broken = (runId: string): void => {
      seen.push(runId);
      if (runId === 'm-1-r1') throw new Error('The mission cannot be folded.');
    };
    await expect(sweep(['m-1-r1', 'm-1-r2'], broken)).rejects.toThrow('cannot be folded');
    expect(seen).toEqual(['m-1-r1', 'm-1-r2']);
  });
});
