import { deciderSpec } from '@missions/testing/given-when-then';
import { wantedState } from '../queries.ts';
import { asked, question } from '../testing/conclusions.ts';
import { all, approved, created, missionDecider, typesOf, type History } from '../testing/history.ts';
import { ana, at, by, command, decideService, smallProposal } from '../testing/mission.builders.ts';
import { wallClockDueAt, workedMin } from './wall-clock.ts';

/** So many minutes after everything else in these cases. */
function later(min: number): string {
  return new Date(Date.parse(at) + min * 60_000).toISOString();
}

const budget = { maxWallClockMin: 10 };
const claimed = created({ budget }).claimed();
const check = ({ run }: History) => command('CheckWallClock', { runId: run.id, token: run.token });
const checkedAt = (history: History, min: number) =>
  history.after(check(history), by(decideService, later(min)));
const suspendedAt = (history: History, min: number) =>
  history.after(
    command('SuspendRun', { runId: history.run.id, token: history.run.token }),
    by(decideService, later(min)),
  );

describe('the wall clock of a mission', () => {
  it('counts the time in which a run is held, over all its holders', () => {
    expect(workedMin(claimed.mission, later(3))).toBe(3);
    const released = claimed.after(claimed.releaseCommand(), by(decideService, later(4)));
    expect(workedMin(released.mission, later(60))).toBe(4);
    const again = released.after(released.claimCommand, by(decideService, later(60)));
    expect(workedMin(again.mission, later(61))).toBe(5);
  });

  it('stands still while the mission is paused', () => {
    const paused = suspendedAt(claimed.after(command('PauseMission', {})), 2);
    expect(workedMin(paused.mission, later(600))).toBe(2);
    const resumed = paused.after(command('ResumeMission', {}), by(ana, later(600)));
    expect(resumed.mission.block).toBeUndefined();
    expect(
      workedMin(resumed.after(resumed.claimCommand, by(decideService, later(601))).mission, later(602)),
    ).toBe(3);
  });

  it('stands still while somebody is asked', () => {
    const waiting = claimed.after(
      claimed.conclusion(asked(question('Q1', { blocking: true }))),
      by(decideService, later(1)),
    );
    expect(waiting.mission.openRun).toBeUndefined();
    expect(workedMin(waiting.mission, later(500))).toBe(1);
  });

  it('warns at its parts, once each', () => {
    const warned = checkedAt(claimed, 5);
    expect(all(warned.facts, 'WallClockWarned')).toEqual([
      { fraction: 0.5, workedMin: 5, maxWallClockMin: 10 },
    ]);
    deciderSpec(missionDecider)(...warned.facts)
      .when(check(warned), by(decideService, later(6)))
      .thenNothing();
  });

  it('blocks the mission when it has run out, and the run that is held makes room as for a pause', () => {
    const blocked = checkedAt(claimed, 10);
    expect(typesOf(blocked.facts).slice(-3)).toEqual([
      'WallClockWarned',
      'WallClockWarned',
      'MissionBlocked',
    ]);
    expect(blocked.mission.block?.cause).toBe('budget');
    expect(blocked.mission.block?.detail).toContain('10.0 of 10');
    expect(wantedState(blocked.mission)).toBe('pause');
    const resting = suspendedAt(blocked, 10.5);
    expect(resting.mission).toMatchObject({ status: 'blocked' });
    expect(resting.run.status).toBe('suspended');
  });

  it('lets the same run go on when it is raised, and blocks again when the mission is only resumed', () => {
    const resting = suspendedAt(checkedAt(claimed, 10), 10);
    const raised = resting.after(command('RaiseBudget', { maxWallClockMin: 30 }));
    expect(raised.run.id).toBe(claimed.run.id);
    expect(raised.claimed().mission.status).toBe('scoping');
    const resumed = resting.after(command('ResumeMission', {}));
    expect(resumed.mission.block).toMatchObject({ cause: 'budget' });
  });

  it('gives back what the run shares while it rests, and asks for it anew', () => {
    const plan = smallProposal({ touches: ['port:/local/8080'] });
    const resting = suspendedAt(checkedAt(approved({ budget }, plan).claimed(), 10), 10);
    expect(resting.last('LockReleased').runId).toBe(resting.run.id);
    const raised = resting.after(command('RaiseBudget', { maxWallClockMin: 99 }));
    expect(raised.run.lock).toMatchObject({ granted: false });
  });

  it('fails a mission that was told to stop', () => {
    const stopped = checkedAt(created({ budget: { ...budget, onExceeded: 'stop' } }).claimed(), 11);
    expect(stopped.mission.status).toBe('failed');
    expect(wantedState(stopped.mission)).toBe('stop_cancel');
  });

  it('is looked at when the next part of it is due', () => {
    expect(wallClockDueAt(claimed.mission)).toBe(later(5));
    expect(wallClockDueAt(checkedAt(claimed, 5).mission)).toBe(later(8));
    expect(wallClockDueAt(checkedAt(checkedAt(claimed, 5), 9).mission)).toBe(later(10));
    expect(wallClockDueAt(checkedAt(claimed, 10).mission)).toBeUndefined();
    expect(wallClockDueAt(created().claimed().mission)).toBeUndefined();
  });

  it('is only looked at by the service, under the run that is held', () => {
    deciderSpec(missionDecider)(...claimed.facts)
      .when(check(claimed), by(ana))
      .thenRefuses('SERVICE_REQUIRED');
  });
});
