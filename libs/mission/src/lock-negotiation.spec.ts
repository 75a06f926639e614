import { deciderSpec } from '@missions/testing/given-when-then';
import type { Conclusion } from './commands/index.ts';
import { fact } from './events/index.ts';
import { claimableRun, wantedState } from './queries.ts';
import { handedOff } from './testing/conclusions.ts';
import { approved, missionDecider, typesOf, type History } from './testing/history.ts';
import {
  ana,
  at,
  by,
  command,
  decideService,
  digest,
  sha,
  smallProposal,
} from './testing/mission.builders.ts';

const given = deciderSpec(missionDecider);
const on = (history: History) => given(...history.facts);
const service = by(decideService);

const waiting = approved({}, smallProposal({ touches: ['port:/local/8080', 'env:/local/staging'] }));
const atWork = waiting.claimed();
const claimId = atWork.run.lock?.claimId ?? '';
const handsOver = command('OrderHandOver', { claimId });
const checkpoint = { sha: sha(9), bundle: digest(), turn: 3 };
const interrupted: Conclusion = { kind: 'ended', state: 'interrupted', checkpoint };

describe('a run whose resources were promised to another mission', () => {
  const told = atWork.after(handsOver);

  it('is told once to hand over, which lets its turn end', () => {
    on(atWork)
      .when(handsOver, service)
      .then(fact('RunStopOrdered', { runId: atWork.run.id, cause: 'hand_over', at }));
    on(told).when(handsOver, service).thenNothing();
    expect(wantedState(told.mission)).toBe('hand_over');
  });

  it('ends with its work kept, gives back what it holds and asks again, from where it was', () => {
    const ended = told.concluded(interrupted);
    const after = typesOf(ended.facts).slice(told.facts.length);
    expect(after).toEqual(['RunEnded', 'LockReleased', 'FeatureReopened', 'RunDelegated', 'LockRequested']);
    expect(ended.run).toMatchObject({ checkpoint, lock: { granted: false } });
    expect(ended.run.lock?.claimId).not.toBe(claimId);
    expect(claimableRun(ended.mission)).toBeUndefined();
    expect(ended.feature('F-001').handOvers).toBe(1);
  });

  it('is stopped like any other when nothing of it moves until then', () => {
    const held = { runId: told.run.id, token: told.run.token };
    const sinceAt = '2026-01-01T00:00:00.000Z';
    const stalled = told.after(command('RecordStall', { ...held, sinceAt, limitMs: 900_000 }));
    on(stalled)
      .when(command('RecordRecovery', held), service)
      .then(fact('RunRecovered', { runId: told.run.id, at }));
    on(stalled)
      .when(command('StopStalledRun', held), service)
      .then(fact('RunStopOrdered', { runId: told.run.id, cause: 'stall', at }));
  });

  it('may end with its result instead, since it holds everything until then', () => {
    const done = told.concluded((mission) => handedOff(mission));
    expect(typesOf(done.facts).slice(told.facts.length)).toContain('FeatureAccepted');
  });

  it('is interrupted when the promised time is over before', () => {
    const lost = told.after(command('RecordLockLoss', { claimId }));
    expect(wantedState(lost.mission)).toBe('stop_interrupt');
    on(lost)
      .when(lost.conclusion(handedOff(lost.mission)), service)
      .thenRefuses('LOCK_LOST');
  });

  it('gives back at once what nobody is at work with, and asks again', () => {
    const after = waiting.granted().after(handsOver);
    expect(typesOf(after.facts).slice(-3)).toEqual(['RunStopOrdered', 'LockReleased', 'LockRequested']);
    expect(after.granted().claimed().run.stopOrdered).toBeUndefined();
    const released = told.released();
    expect(typesOf(released.facts).slice(-3)).toEqual(['RunReleased', 'LockReleased', 'LockRequested']);
  });

  it('is none that waits itself, has ended, or holds another claim', () => {
    on(waiting).when(handsOver, service).thenNothing();
    on(atWork.built()).when(handsOver, service).thenNothing();
    on(atWork)
      .when(command('OrderHandOver', { claimId: 'm-2-r1/lock' }), service)
      .thenNothing();
  });

  it('is paused like any other run when its mission is, and gives back what it holds then', () => {
    const paused = told.after(command('PauseMission', {}));
    expect(wantedState(paused.mission)).toBe('pause');
    const { id: runId, token } = paused.run;
    const suspended = paused.after(command('SuspendRun', { runId, token, checkpoint }));
    expect(typesOf(suspended.facts).slice(-2)).toEqual(['RunSuspended', 'LockReleased']);
  });
});

describe('a grant that became less', () => {
  const inLedger = { ledger: 'resources-local', version: 12 };
  const less = { claimId, resources: ['env:/local/staging'], ...inLedger };

  it('is known to the mission', () => {
    const narrowed = atWork.after(command('RecordLockNarrowed', less));
    expect(narrowed.run.lock).toEqual({ claimId, granted: true, resources: ['env:/local/staging'] });
    on(atWork)
      .when(command('RecordLockNarrowed', less), service)
      .then(fact('LockNarrowed', { ...less, runId: atWork.run.id }));
  });

  it('is none of a run that gave it back', () => {
    on(atWork.built()).when(command('RecordLockNarrowed', less), service).thenNothing();
  });
});

describe('talk with other missions', () => {
  const talk = { negotiationId: 'n-1', claimId, with: ['m-2'], ledger: 'resources-local', version: 12 };

  it('is in the log, of a mission that is not over', () => {
    const agreed = { ...talk, agreed: 'm-2 lets m-demo1 have it.' };
    on(atWork)
      .when(command('RecordNegotiationSettled', agreed), service)
      .then(fact('LockNegotiationSettled', agreed));
    const over = atWork.after(command('CancelMission', { reason: 'Enough.' }));
    on(over).when(command('RecordNegotiationSettled', agreed), service).thenNothing();
  });

  it('is said by the service alone', () => {
    const failed = command('RecordNegotiationFailed', { ...talk, reason: 'timeout' });
    on(atWork).when(failed, by(ana)).thenRefuses('SERVICE_REQUIRED');
    on(atWork).when(handsOver, by(ana)).thenRefuses('SERVICE_REQUIRED');
  });
});
