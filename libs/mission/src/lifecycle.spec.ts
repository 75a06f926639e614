import { deciderSpec } from '@missions/testing/given-when-then';
import { missionCommandSchemas, type MissionCommand } from './commands/index.ts';
import { fact } from './events/index.ts';
import { claimableRun, needsYou, wantedState } from './queries.ts';
import { asked, question } from './testing/conclusions.ts';
import {
  approved,
  atFinalProof,
  awaitingApproval,
  created,
  History,
  missionDecider,
  typesOf,
} from './testing/history.ts';
import { ana, by, command, creation, decideService } from './testing/mission.builders.ts';

const given = deciderSpec(missionDecider);
const on = (history: History) => given(...history.facts);
const pause = command('PauseMission', { reason: 'lunch' });
const resume = command('ResumeMission', {});
const cancel = command('CancelMission', { reason: 'enough' });
const block = command('BlockMission', { cause: 'environment', detail: 'No sandbox.', needs: 'Mend it.' });

const atWork = {
  scoping: created(),
  'with an open question': created().concluded(asked(question('Q1'))),
  planning: created().done(),
  'awaiting approval': awaitingApproval(),
  building: approved(),
  'with a held run': approved().claimed(),
  validating: approved().built().built(),
};
const blocked = approved().after(block);
const over = {
  completed: atFinalProof().done(),
  failed: approved({ budget: { maxCostUsd: 1, onExceeded: 'stop' } }).failed('budget'),
  cancelled: approved().after(cancel),
};

describe('a mission', () => {
  it('is created once', () => {
    on(created()).when(creation(), by(ana)).thenRefuses('MISSION_EXISTS');
  });

  it('does not exist before, whatever is asked of it or told to it', () => {
    for (const type of Object.keys(missionCommandSchemas)) {
      if (type === 'CreateMission') continue;
      const told = { type, data: {} } as MissionCommand;
      for (const actor of [ana, decideService])
        on(History.empty).when(told, by(actor)).thenRefuses('MISSION_NOT_FOUND');
    }
  });

  it('is none because something was told of it that was never created', () => {
    const told = fact('LockLost', { claimId: 'foreign' });
    given(told).when(pause, by(ana)).thenRefuses('MISSION_NOT_FOUND');
  });
});

describe('pausing', () => {
  it.each(Object.entries(atWork))(
    'rests a mission that is %s, and resuming brings it back',
    (_name, history) => {
      const paused = history.after(pause);
      expect(needsYou(paused.mission)).toBe('paused');
      expect(claimableRun(paused.mission)).toBeUndefined();
      const back = paused.after(resume);
      expect(back.mission.status).toBe(history.mission.status);
      expect(back.mission.openRun).toBe(history.mission.openRun);
    },
  );

  it('asks the holder of the run to pause', () =>
    expect(wantedState(approved().claimed().after(pause).mission)).toBe('pause'));

  it('again changes nothing', () => on(approved().after(pause)).when(pause, by(ana)).thenNothing());

  it('is refused while the mission is blocked', () => {
    on(blocked).when(pause, by(ana)).thenRefuses('NOT_PAUSABLE');
  });

  it('lets the run under way end, and starts none after it', () => {
    const ended = approved().claimed().after(pause).done();
    expect(ended.mission).toMatchObject({ status: 'paused' });
    expect(ended.mission.openRun).toBeUndefined();
    expect(ended.after(resume).run.subject.feature).toBe('F-002');
  });

  it('is ended by nobody but a person: what blocks the mission meanwhile shows on resuming', () => {
    const paused = approved().claimed().after(pause).failed('auth');
    expect(paused.mission).toMatchObject({ status: 'paused', block: { cause: 'auth' } });
    const resumed = paused.after(resume);
    expect(resumed.mission).toMatchObject({ status: 'blocked', block: { cause: 'auth' } });
    expect(resumed.after(resume).run.subject.feature).toBe('F-001');
  });
});

describe('resuming', () => {
  it.each(Object.entries(atWork))('is refused for a mission that is %s', (_name, history) => {
    on(history).when(resume, by(ana)).thenRefuses('NOT_RESUMABLE');
  });

  it('takes away a block and says which', () =>
    expect(on(blocked).when(resume, by(ana)).facts()[0]).toEqual(
      fact('MissionUnblocked', { by: 'ana', cause: 'environment' }),
    ));
});

describe('blocking', () => {
  it('says why, and what a person can do', () =>
    expect(blocked.mission.block).toEqual({
      cause: 'environment',
      detail: 'No sandbox.',
      needs: 'Mend it.',
    }));

  it('keeps the run from being claimed', () => {
    expect(claimableRun(blocked.mission)).toBeUndefined();
    on(blocked).when(blocked.claimCommand, by(decideService)).thenRefuses('RUN_NOT_CLAIMABLE');
    expect(claimableRun(blocked.after(resume).mission)?.id).toBe(blocked.run.id);
  });

  it('again keeps the first cause', () => on(blocked).when(block, by(decideService)).thenNothing());
});

describe('cancelling', () => {
  it.each(Object.entries({ ...atWork, blocked, paused: approved().after(pause) }))(
    'ends a mission that is %s',
    (_name, history) => {
      const { mission } = history.after(cancel);
      expect(mission.status).toBe('cancelled');
      expect(claimableRun(mission)).toBeUndefined();
    },
  );

  it('ends a run nobody holds', () =>
    expect(typesOf(on(approved()).when(cancel, by(ana)).facts())).toEqual(['MissionCancelled', 'RunEnded']));

  it('stops a held run, whose holder ends it', () => {
    const stopped = approved().claimed().after(cancel);
    expect(wantedState(stopped.mission)).toBe('stop_cancel');
    const ended = stopped.concluded({ kind: 'ended', state: 'cancelled' });
    expect(ended.mission.openRun).toBeUndefined();
    expect(Object.values(ended.mission.runs).at(-1)?.status).toBe('cancelled');
  });

  it('leaves no result of a run that comes too late', () => {
    const held = approved().claimed();
    const late = held.conclusion({ kind: 'replied', text: 'x' });
    on(held.after(cancel)).when(late, by(decideService)).thenRefuses('MISSION_OVER');
  });

  it('ends a run whose holder is gone when its lease runs out', () => {
    const gone = approved().claimed().after(cancel).released();
    expect(gone.mission.openRun).toBeUndefined();
  });

  it('again changes nothing', () => on(over.cancelled).when(cancel, by(ana)).thenNothing());
});

describe('a mission that is over', () => {
  it.each(Object.entries(over))('because it is %s takes no command any more', (status, history) => {
    expect(history.mission.status).toBe(status);
    const later = [
      pause,
      resume,
      block,
      command('SendMessage', { messageId: 'late', text: 'Hello?' }),
      command('RaiseBudget', { maxCostUsd: 100 }),
      command('SkipFeature', { featureId: 'F-001', reason: 'x' }),
      command('RetryFeature', { featureId: 'F-001', reason: 'x' }),
      command('WaiveAssertion', { assertionId: 'VAL-ADD-001', reason: 'x' }),
      command('ClaimRun', { runId: 'm-demo1-r1', holder: 'h' }),
    ];
    for (const asked of later)
      on(history)
        .when(asked, by(asked.type === 'BlockMission' ? decideService : ana))
        .thenRefuses('MISSION_OVER');
  });
});
