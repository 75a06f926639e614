import { deciderSpec } from '@missions/testing/given-when-then';
import { fact } from './events/index.ts';
import { claimableRun, wantedState } from './queries.ts';
import { handedOff } from './testing/conclusions.ts';
import { approved, missionDecider, typesOf, type History } from './testing/history.ts';
import { ana, at, by, command, decideService, smallProposal } from './testing/mission.builders.ts';

const given = deciderSpec(missionDecider);
const on = (history: History) => given(...history.facts);
const service = by(decideService);
const sinceAt = '2026-01-01T00:00:00.000Z';

const held = ({ run }: History) => ({ runId: run.id, token: run.token });
const stalls = (history: History) =>
  command('RecordStall', { ...held(history), sinceAt, limitMs: 900_000, lastLine: 'bash npm test' });
const recovers = (history: History) => command('RecordRecovery', held(history));
const isStopped = (history: History) => command('StopStalledRun', held(history));
const isFailed = (history: History) => command('FailStalledRun', held(history));

const atWork = approved().claimed();
const stalled = atWork.after(stalls(atWork));
const stopping = stalled.after(isStopped(stalled));

describe('a run whose holder is alive and that does not move', () => {
  it('is said once, however often and by however many it is seen', () => {
    on(atWork)
      .when(stalls(atWork), service)
      .then(
        fact('RunStalled', { runId: atWork.run.id, sinceAt, limitMs: 900_000, lastLine: 'bash npm test' }),
      );
    on(stalled).when(stalls(atWork), service).thenNothing();
    expect(stalled.run.stalled).toMatchObject({ sinceAt });
    expect(wantedState(stalled.mission)).toBe('go');
  });

  it('is taken back when it moves, and can be said anew', () => {
    on(stalled)
      .when(recovers(stalled), service)
      .then(fact('RunRecovered', { runId: stalled.run.id, at }));
    const recovered = stalled.after(recovers(stalled));
    expect(recovered.run.stalled).toBeUndefined();
    on(recovered).when(recovers(recovered), service).thenNothing();
    expect(typesOf(recovered.after(stalls(recovered)).facts).at(-1)).toBe('RunStalled');
  });

  it('is told to stop once, after it was said', () => {
    on(atWork).when(isStopped(atWork), service).thenNothing();
    on(stalled)
      .when(isStopped(stalled), service)
      .then(fact('RunStopOrdered', { runId: stalled.run.id, cause: 'stall', at }));
    on(stopping).when(isStopped(stopping), service).thenNothing();
    on(stopping).when(recovers(stopping), service).thenNothing();
    expect(wantedState(stopping.mission)).toBe('stop_stall');
  });

  it('is given up when it does not stop, and tried again as after every failure', () => {
    on(stalled).when(isFailed(stalled), service).thenRefuses('RUN_NOT_STALLED');
    const failed = stopping.after(isFailed(stopping));
    expect(failed.mission.runs[stopping.run.id]).toMatchObject({ status: 'failed', cause: 'stall' });
    expect(failed.run).toMatchObject({ task: 'build', attempt: 2, status: 'queued' });
  });

  it('is another holding’s matter no more after a release', () => {
    const taken = stopping.released().claimed();
    expect(taken.run.stalled).toBeUndefined();
    expect(wantedState(taken.mission)).toBe('go');
    on(taken).when(isFailed(stopping), service).thenRefuses('STALE_TOKEN');
    on(taken).when(stalls(atWork), service).thenRefuses('STALE_TOKEN');
  });

  it('concerns nobody once the mission has ended', () => {
    const over = stalled.after(command('CancelMission', {}));
    for (const asked of [stalls(over), recovers(over), isStopped(over), isFailed(over)])
      on(over).when(asked, service).thenNothing();
  });

  it('is seen by the mission’s own service alone', () => {
    on(atWork).when(stalls(atWork), by(ana)).thenRefuses('SERVICE_REQUIRED');
  });
});

describe('a run that nobody claims', () => {
  const open = approved();
  const waits = command('RecordUnclaimed', { runId: open.run.id, sinceAt, needs: 'Start a worker.' });

  it('is said once, until it is claimed', () => {
    const said = open.after(waits);
    expect(said.last('RunUnclaimed')).toEqual({ runId: open.run.id, sinceAt, needs: 'Start a worker.' });
    on(said).when(waits, service).thenNothing();
    expect(said.claimed().run.unclaimed).toBeUndefined();
    expect(said.claimed().released().after(waits).run.unclaimed).toMatchObject({ sinceAt });
  });

  it('is not said of one that is held, or may not be claimed', () => {
    on(open.claimed()).when(waits, service).thenNothing();
    on(open.after(command('PauseMission', {})))
      .when(waits, service)
      .thenNothing();
  });
});

describe('a run whose shared resource is lost', () => {
  const waiting = approved({}, smallProposal({ touches: ['port:/local/8080'] }));
  const granted = waiting.granted();
  const claimId = granted.run.lock?.claimId ?? '';
  const loses = command('RecordLockLoss', { claimId });

  it('asks for it again before anyone may claim it', () => {
    const lost = granted.after(loses);
    expect(typesOf(lost.facts).slice(-2)).toEqual(['LockLost', 'LockRequested']);
    expect(lost.run.lock).toMatchObject({ granted: false });
    expect(lost.run.lock?.claimId).not.toBe(claimId);
    expect(claimableRun(lost.mission)).toBeUndefined();
  });

  it('is interrupted when somebody works on it, and begins again with a lease of its own', () => {
    const working = granted.claimed();
    const lost = working.after(loses);
    expect(typesOf(lost.facts).slice(-2)).toEqual(['LockLost', 'RunStopOrdered']);
    expect(wantedState(lost.mission)).toBe('stop_interrupt');
    const ended = lost.concluded({ kind: 'ended', state: 'interrupted' });
    expect(ended.run.id).not.toBe(working.run.id);
    expect(ended.run.lock).toMatchObject({ granted: false });
  });

  it('cannot end with a result, which was got while somebody else may have used it', () => {
    const lost = granted.claimed().after(loses);
    on(lost)
      .when(lost.conclusion(handedOff(lost.mission)), service)
      .thenRefuses('LOCK_LOST');
  });

  it('says who took it and why, where a person did', () => {
    const taken = command('RecordLockLoss', { claimId, by: 'eva', reason: 'It hangs.' });
    const lost = fact('LockLost', { claimId, runId: granted.run.id, by: 'eva', reason: 'It hangs.' });
    expect(granted.after(taken).last('LockLost')).toEqual(lost.data);
  });

  it('is none that gave it back, still waits for it, or never had it', () => {
    on(waiting).when(loses, service).thenNothing();
    on(granted.built()).when(loses, service).thenNothing();
    on(granted.after(loses)).when(loses, service).thenNothing();
  });
});
