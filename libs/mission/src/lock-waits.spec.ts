import { deciderSpec } from '@missions/testing/given-when-then';
import { fact } from './events/index.ts';
import { claimableRun } from './queries.ts';
import { approved, builtM1, missionDecider, typesOf, type History } from './testing/history.ts';
import {
  ana,
  at,
  by,
  command,
  decideService,
  proposal,
  proposalInput,
  smallProposal,
} from './testing/mission.builders.ts';

const given = deciderSpec(missionDecider);
const on = (history: History) => given(...history.facts);

describe('a claim of a run that builds no feature', () => {
  const testing = builtM1().done();
  const claimId = testing.run.lock?.claimId ?? '';
  const waits = (holder?: string, position?: number) =>
    command('RecordLockWait', {
      claimId,
      resource: 'port:/local/8080',
      ...(holder !== undefined && { holder }),
      ...(position !== undefined && { position }),
    });

  it('is said to wait, and for whom', () => {
    on(testing)
      .when(waits('m-other1'), by(decideService))
      .then(
        fact('RunWaiting', {
          runId: testing.run.id,
          resource: 'port:/local/8080',
          holder: 'm-other1',
          sinceAt: at,
        }),
      );
    expect(testing.after(waits('m-other1')).run.lock?.waitingFor).toEqual({
      resource: 'port:/local/8080',
      holder: 'm-other1',
      sinceAt: at,
    });
  });

  it('is said to be at which place of the queue, whenever that changes, and since when all the same', () => {
    const third = testing.after(waits('m-other1', 3));
    on(third).when(waits('m-other1', 3), by(decideService)).thenNothing();
    const later = { ...by(decideService), at: '2026-03-01T10:05:00.000Z' };
    expect(third.after(waits('m-other1', 1), later).run.lock?.waitingFor).toMatchObject({
      position: 1,
      sinceAt: at,
    });
  });

  it('is said to wait once, and again when somebody else is in the way', () => {
    const waiting = testing.after(waits('m-other1'));
    on(waiting).when(waits('m-other1'), by(decideService)).thenNothing();
    expect(typesOf(on(waiting).when(waits('m-third'), by(decideService)).facts())).toEqual(['RunWaiting']);
  });

  it('is said again when who was before it in the queue has it, and when nobody has, but it is closed', () => {
    const wait = { claimId, resource: 'port:/local/8080' };
    const says = (now: object) => command('RecordLockWait', { ...wait, ...now });
    const closedUntil = '2026-03-01T10:05:00.000Z';
    const behind = testing.after(says({ behind: 'm-other1' }));
    expect(behind.run.lock?.waitingFor).toMatchObject({ behind: 'm-other1' });
    const closed = behind.after(says({ closedUntil }));
    expect(closed.run.lock?.waitingFor).toEqual({ resource: wait.resource, closedUntil, sinceAt: at });
    on(closed).when(says({ closedUntil }), by(decideService)).thenNothing();
    expect(typesOf(on(behind).when(waits('m-other1'), by(decideService)).facts())).toEqual(['RunWaiting']);
  });

  it('is given back and asked for again when it lets others through', () => {
    const back = testing.after(command('StepBack', { claimId, letsThrough: 'm-other1' }));
    expect(typesOf(back.facts.slice(testing.facts.length))).toEqual(['LockReleased', 'LockRequested']);
    expect(back.run.lock).toMatchObject({ granted: false, resources: testing.run.lock?.resources });
    expect(back.last('LockReleased')).toMatchObject({ claimId, letsThrough: 'm-other1' });
    expect(back.run.lock?.claimId).not.toBe(claimId);
    on(back)
      .when(command('StepBack', { claimId, letsThrough: 'm-other1' }), by(decideService))
      .thenNothing();
  });

  it.each([
    ['it', testing],
    ['a feature', approved({}, smallProposal({ touches: ['port:/local/8080'] }))],
  ])('lets %s wait on since it first did, however often it lets others through', (_who, first) => {
    const says = (history: History, minute: string) =>
      history.after(
        command('RecordLockWait', {
          claimId: history.run.lock?.claimId ?? '',
          resource: 'port:/local/8080',
          holder: 'm-other1',
        }),
        { ...by(decideService), at: `2026-03-01T10:${minute}:00.000Z` },
      );
    const lets = (history: History) =>
      history.after(
        command('StepBack', { claimId: history.run.lock?.claimId ?? '', letsThrough: 'm-other1' }),
      );
    const twice = says(lets(lets(says(lets(says(first, '00')), '30'))), '50');
    expect(twice.run.lock).toMatchObject({ granted: false, waitingFor: { sinceAt: at } });
    for (const one of Object.values(twice.mission.features))
      if (one.status === 'waiting') expect(one.waitingFor).toMatchObject({ sinceAt: at });
    expect(twice.granted().run).not.toHaveProperty('waitsSinceAt');
    const rested = twice.after(command('PauseMission', {})).after(command('ResumeMission', {}));
    expect(says(rested, '55').run.lock?.waitingFor?.sinceAt).not.toBe(at);
  });

  it('lets nobody through once it is granted, nor on the word of a person', () => {
    on(testing.granted())
      .when(command('StepBack', { claimId, letsThrough: 'm-other1' }), by(decideService))
      .thenNothing();
    on(testing)
      .when(command('StepBack', { claimId, letsThrough: 'm-other1' }), by(ana))
      .thenRefuses('SERVICE_REQUIRED');
  });

  it('waits for nobody any more once it is granted', () =>
    expect(testing.after(waits('m-other1')).granted().run.lock).not.toHaveProperty('waitingFor'));
});

describe('a claim that waits longer than it may', () => {
  const waiting = builtM1().done();
  const claimId = waiting.run.lock?.claimId ?? '';
  const overdue = command('RecordLockOverdue', {
    claimId,
    detail: 'It has waited 61 min for port:/local/8080, which m-other1 holds.',
    needs: 'missions locks revoke m-other1-r1/lock --reason R',
  });
  const blocked = waiting.after(overdue);
  const resume = command('ResumeMission', {});

  it('blocks its mission with what it waits for and what can be done', () =>
    on(waiting)
      .when(overdue, by(decideService))
      .then(
        fact('MissionBlocked', {
          cause: 'lock_wait',
          detail: 'It has waited 61 min for port:/local/8080, which m-other1 holds.',
          needs: 'missions locks revoke m-other1-r1/lock --reason R',
          claimId,
        }),
      ));

  it('keeps its place then, whoever is behind it', () =>
    on(blocked)
      .when(command('StepBack', { claimId, letsThrough: 'm-other1' }), by(decideService))
      .thenNothing());

  it('blocks it once, and not when it is granted', () => {
    on(blocked).when(overdue, by(decideService)).thenNothing();
    on(waiting.granted()).when(overdue, by(decideService)).thenNothing();
  });

  it('can be said by no person', () => {
    on(waiting).when(overdue, by(ana)).thenRefuses('SERVICE_REQUIRED');
  });

  it('keeps its place when a person resumes', () => {
    const facts = on(blocked).when(resume, by(ana)).facts();
    expect(typesOf(facts)).toEqual(['MissionUnblocked']);
    expect(blocked.after(resume).run.lock).toMatchObject({ claimId, granted: false });
  });

  it('lets others through again from then on', () => {
    const back = command('StepBack', { claimId, letsThrough: 'm-other1' });
    expect(typesOf(on(blocked.after(resume)).when(back, by(decideService)).facts())).toEqual([
      'LockReleased',
      'LockRequested',
    ]);
  });

  it('takes the block back when it is granted, and the run can be claimed', () => {
    const grant = command('RecordLockGrant', { claimId, ledger: 'resources-local', version: 7 });
    expect(typesOf(on(blocked).when(grant, by(decideService)).facts())).toEqual([
      'LockGranted',
      'MissionUnblocked',
    ]);
    const granted = blocked.after(grant);
    expect(granted.mission.status).toBe('running');
    expect(claimableRun(granted.mission)?.id).toBe(waiting.run.id);
  });

  it('forgives nothing that was used up before', () =>
    expect(blocked.after(resume).mission.runsForgiven).toBe(waiting.mission.runsForgiven));

  it('is given back when the mission is cancelled', () =>
    expect(typesOf(on(blocked).when(command('CancelMission', {}), by(ana)).facts())).toContain(
      'LockReleased',
    ));
});

describe('a feature whose claim blocks its mission', () => {
  const input = proposalInput();
  const features = input.plan.features.map((one) => ({ ...one, touches: ['env:/staging'] }));
  const waiting = approved({}, proposal({ plan: { ...input.plan, features } }));
  const claimId = waiting.run.lock?.claimId ?? '';
  const featureId = waiting.run.subject.feature ?? '';
  const skip = (id: string) => command('SkipFeature', { featureId: id, reason: 'not needed' });
  const overdue = command('RecordLockOverdue', { claimId, detail: 'It has waited.', needs: 'Look.' });
  const refused = (cause: 'lock_wait' | 'lock_cycle') =>
    command('BlockMission', { cause, detail: 'Never.', needs: 'Skip it.' });

  it.each([
    ['waits too long', overdue],
    ['can never be granted', refused('lock_wait')],
    ['waits in a circle', refused('lock_cycle')],
  ])('takes the block with it when it is skipped, because it %s', (_why, block) => {
    const facts = on(waiting.after(block)).when(skip(featureId), by(ana)).facts();
    expect(typesOf(facts)).toEqual(
      expect.arrayContaining(['RunEnded', 'LockReleased', 'FeatureSkipped', 'MissionUnblocked']),
    );
  });

  it('leaves the block where another is skipped, or something else blocks the mission', () => {
    const other = Object.keys(waiting.mission.features).find((id) => id !== featureId) ?? '';
    expect(typesOf(on(waiting.after(overdue)).when(skip(other), by(ana)).facts())).toEqual([
      'FeatureSkipped',
    ]);
    const broken = command('BlockMission', { cause: 'environment', detail: 'No disk.', needs: 'Some.' });
    expect(typesOf(on(waiting.after(broken)).when(skip(featureId), by(ana)).facts())).not.toContain(
      'MissionUnblocked',
    );
  });
});
