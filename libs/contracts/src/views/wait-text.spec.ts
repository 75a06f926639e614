import { builtM1, command } from '@missions/mission/testing';
import { headlineOf } from './headline.ts';
import { runViews } from './run-view.ts';
import { waitText } from './wait-text.ts';

describe('what somebody waits for, in words', () => {
  it('names who has it, and the place in the queue where it is not the next', () => {
    expect(waitText({ resource: 'port:/local/8080' })).toBe('waits for port:/local/8080');
    const held = { resource: 'port:/local/8080', holder: 'm-2 F-001' };
    expect(waitText({ ...held, position: 1 })).toBe('waits for port:/local/8080 held by m-2 F-001');
    expect(waitText({ ...held, position: 3 })).toBe(
      'waits for port:/local/8080 held by m-2 F-001, place 3 in the queue',
    );
  });

  it('says of nobody who only comes first that it has it, and says until when it is closed', () => {
    const resource = 'port:/local/8080';
    expect(waitText({ resource, behind: 'm-2 F-001', position: 2 })).toBe(
      'waits for port:/local/8080 behind m-2 F-001, place 2 in the queue',
    );
    expect(waitText({ resource, closedUntil: '2026-03-01T10:00:30.000Z', position: 1 })).toBe(
      'waits for port:/local/8080, closed until 2026-03-01T10:00:30.000Z',
    );
  });
});

describe('a mission whose run waits for what another one has', () => {
  const testing = builtM1().done();
  const claimId = testing.run.lock?.claimId ?? '';
  const resource = 'port:/local/8080';
  const waiting = testing.after(
    command('RecordLockWait', { claimId, resource, holder: 'm-other1', position: 2 }),
  );

  it('says so first of all, with the command that shows who is in the way', () => {
    expect(headlineOf(waiting.mission)).toMatchObject({
      sentence: `user_testing waits for ${resource} held by m-other1, place 2 in the queue.`,
      action: `missions locks --mission ${waiting.mission.id}`,
    });
    expect(headlineOf(waiting.granted().mission).sentence).not.toContain('waits');
  });

  it('says it of the run as long as it waits, and since when', () => {
    const viewOf = ({ mission, run }: typeof waiting) =>
      runViews(mission, new Map()).find(({ id }) => id === run.id);
    expect(viewOf(waiting)?.waitingFor).toMatchObject({
      resource,
      position: 2,
      sinceAt: '2026-03-01T10:00:00.000Z',
    });
    expect(viewOf(waiting.granted())).not.toHaveProperty('waitingFor');
  });
});
