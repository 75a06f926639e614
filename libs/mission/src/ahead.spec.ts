import { deciderSpec } from '@missions/testing/given-when-then';
import type { MissionCommand } from './commands/index.ts';
import { fact } from './events/index.ts';
import { claimableRun } from './queries.ts';
import { approved, missionDecider, typesOf, type History } from './testing/history.ts';
import type { feature } from './testing/mission.builders.ts';
import { ana, by, command, decideService, proposal, proposalInput } from './testing/mission.builders.ts';

const given = deciderSpec(missionDecider);
const on = (history: History) => given(...history.facts);

const service = by(decideService);

/** F-001 and then F-002 in M1, each with what it shares with other missions. */
function touching(first: readonly string[], second: readonly string[]): History {
  const input = proposalInput();
  const [one, two, three] = input.plan.features;
  const features = [
    { ...one, touches: [...first] },
    { ...two, touches: [...second] },
    { ...three },
  ] as ReturnType<typeof feature>[];
  return approved({}, proposal({ plan: { ...input.plan, features } }));
}

const port = 'port:/local/8080';
const waiting = touching([], [port]);
const building = waiting.claimed();
const claimId = building.mission.ahead?.claimId ?? '';
const grant = command('RecordLockGrant', { claimId, ledger: 'resources-local', version: 7 });
const granted = building.after(grant);
const lostAhead = command('RecordLockLoss', { claimId });
const yields = command('YieldAhead', { claimId });

describe('what the next feature shares', () => {
  it('is asked for in the append in which the run before it is claimed', () => {
    expect(waiting.mission.ahead).toBeUndefined();
    expect(building.last('LockRequested')).toEqual({ claimId, featureId: 'F-002', resources: [port] });
    expect(typesOf(on(waiting).when(waiting.claimCommand, service).facts())).toEqual([
      'RunClaimed',
      'LockRequested',
    ]);
  });

  it('is taken over by its run, which can be claimed at once when it was granted', () => {
    const next = granted.built();
    expect(next.last('LockRequested')).toEqual({
      claimId,
      runId: next.run.id,
      featureId: 'F-002',
      resources: [port],
    });
    expect(next.mission.ahead).toBeUndefined();
    expect(next.run.lock).toMatchObject({ claimId, granted: true });
    expect(claimableRun(next.mission)?.id).toBe(next.run.id);
    expect(typesOf(next.facts)).not.toContain('LockReleased');
  });

  it('is given back and asked for again when it lets others through, as long as it waits', () => {
    const back = command('StepBack', { claimId, letsThrough: 'm-other1' });
    expect(typesOf(on(building).when(back, service).facts())).toEqual(['LockReleased', 'LockRequested']);
    on(granted).when(back, service).thenNothing();
  });

  it('is waited for by its run in the place it has, when it was not granted yet', () => {
    const next = building.built();
    expect(next.run.lock).toMatchObject({ claimId, granted: false });
    expect(claimableRun(next.mission)).toBeUndefined();
    expect(claimableRun(next.after(grant).mission)?.id).toBe(next.run.id);
  });

  it('brings the work of other missions in it along', () => {
    const changedBy = [{ missionId: 'm-other1', sha: 'a'.repeat(40) }];
    const told = building.after({ ...grant, data: { ...grant.data, changedBy } });
    expect(told.built().run.lock).toMatchObject({ granted: true, changedBy });
  });

  it('is granted once, and is nobody else’s wait', () => {
    on(granted).when(grant, service).thenNothing();
    const waits = command('RecordLockWait', { claimId, resource: port, holder: 'm-other1' });
    on(building).when(waits, service).thenNothing();
    const overdue = command('RecordLockOverdue', { claimId, detail: 'Too long.', needs: 'Wait.' });
    on(building).when(overdue, service).thenNothing();
  });

  it('is not asked for when it is nothing, or when the run at work has a part of it', () => {
    expect(touching([], []).claimed().mission.ahead).toBeUndefined();
    expect(touching([port], [port]).claimed().mission.ahead).toBeUndefined();
    expect(
      touching(['env:/local/staging'], ['env:/local/staging/db']).claimed().mission.ahead,
    ).toBeUndefined();
    expect(touching(['port:/local/808'], [port]).claimed().mission.ahead).toBeDefined();
  });

  it('is given back when the feature is skipped, and the one after it may come', () => {
    const skipped = granted.after(command('SkipFeature', { featureId: 'F-002', reason: 'Not wanted.' }));
    expect(skipped.last('LockReleased')).toEqual({ claimId, featureId: 'F-002' });
    expect(skipped.mission.ahead).toBeUndefined();
  });

  it('is given back when the mission rests or is over, also while its run is still held', () => {
    for (const ends of [command('PauseMission', {}), command('CancelMission', {})]) {
      const facts = on(granted).when(ends, by(ana)).facts();
      expect(facts).toContainEqual(fact('LockReleased', { claimId, featureId: 'F-002' }));
    }
  });

  it('is given back when the run at work has to be tried again, and asked for when that works', () => {
    const failed = granted.failed('model');
    expect(failed.last('LockReleased')).toMatchObject({ claimId });
    const again = failed.claimed();
    expect(again.mission.ahead).toMatchObject({ featureId: 'F-002', granted: false });
    expect(again.mission.ahead?.claimId).not.toBe(claimId);
  });

  it('is given back when the run at work loses its own, so that nobody waits behind the own mission', () => {
    const sharing = touching(['env:/local/staging'], [port]).claimed();
    const own = sharing.run.lock?.claimId ?? '';
    const facts = on(sharing)
      .when(command('RecordLockLoss', { claimId: own }), service)
      .facts();
    expect(typesOf(facts)).toEqual(['LockLost', 'RunStopOrdered', 'LockReleased']);
  });

  it('that is lost, or that somebody at work waits for, is asked for again behind everybody', () => {
    const again = { featureId: 'F-002', resources: [port] };
    const facts = (asked: MissionCommand) => on(granted).when(asked, service).facts();
    expect(facts(lostAhead)).toEqual([
      fact('LockLost', { claimId, featureId: 'F-002' }),
      fact('LockRequested', { ...again, claimId: expect.not.stringMatching(claimId) as string }),
    ]);
    const by = { by: 'eva', reason: 'It hangs.' };
    expect(facts(command('RecordLockLoss', { claimId, ...by }))).toContainEqual(
      fact('LockLost', { claimId, featureId: 'F-002', ...by }),
    );
    expect(facts(yields)).toEqual([
      fact('LockReleased', { claimId, featureId: 'F-002' }),
      fact('LockRequested', { ...again, claimId: expect.not.stringMatching(claimId) as string }),
    ]);
  });

  it('is not given up any more when its run has it', () => {
    on(granted.built()).when(yields, service).thenNothing();
    on(granted).when(yields, by(ana)).thenRefuses('SERVICE_REQUIRED');
  });
});
