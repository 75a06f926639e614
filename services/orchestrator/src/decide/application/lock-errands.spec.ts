import type { Requester } from '@missions/bus';
import type { MissionCommandRequest } from '@missions/contracts';
import { DomainError, type EventEnvelope } from '@missions/kernel';
import { resourceSubjects } from '@missions/leasing';
import type { MissionCommandOf } from '@missions/mission';
import { approved } from '@missions/mission/testing';
import { claimant } from '../testing/claimant.ts';
import { LockErrands, type Claimant, type HeldLock, type HeldLocks } from './lock-errands.ts';

const claimId = 'm-1-r4/lock';
const resources = ['port:/local/8080'];
const at = '2026-03-01T10:00:00.000Z';
const owner = { missionId: 'm-1', runId: 'm-1-r4' };
const granted = { status: 'granted', scope: 'local', claimId, token: 9, ttlMs: 20_000 };
const queued = {
  status: 'queued',
  scope: 'local',
  claimId,
  position: 1,
  holders: [{ claimId: 'm-2-r1/lock', owner: { missionId: 'm-2', runId: 'm-2-r1' }, resources }],
  ahead: [],
};

class MemoryLocks implements HeldLocks {
  readonly rows = new Map<string, HeldLock>();
  readonly anew: string[] = [];
  readonly passed: (readonly [string, string])[] = [];

  remember(lock: HeldLock): Promise<void> {
    this.rows.set(lock.claimId, { ...lock, token: lock.token ?? this.rows.get(lock.claimId)?.token });
    return Promise.resolve();
  }

  waitAnew(missionId: string): Promise<void> {
    this.anew.push(missionId);
    return Promise.resolve();
  }

  passOn(id: string, nextId: string): Promise<void> {
    if (this.rows.delete(id)) this.passed.push([id, nextId]);
    return Promise.resolve();
  }

  forget(id: string): Promise<void> {
    this.rows.delete(id);
    return Promise.resolve();
  }

  find(id: string): Promise<HeldLock | undefined> {
    return Promise.resolve(this.rows.get(id));
  }

  all(): Promise<readonly HeldLock[]> {
    return Promise.resolve([...this.rows.values()]);
  }
}

/** Errands with answers of the resource-lock service that the case chooses. */
class Bench {
  readonly locks = new MemoryLocks();
  readonly asked: { readonly subject: string; readonly payload: unknown }[] = [];
  readonly told: MissionCommandRequest[] = [];
  readonly pokes: string[] = [];
  mission: Claimant = claimant(claimId);
  /** What every command meets. */
  fault: Error | undefined;
  answers: Partial<Record<string, unknown>> = {};
  readonly errands: LockErrands;

  constructor() {
    const requester: Requester = {
      request: (subject, payload) => {
        this.asked.push({ subject, payload });
        const answer = this.answers[subject];
        const given =
          typeof answer === 'function' ? (answer as (asked: unknown) => unknown)(payload) : answer;
        return given instanceof Error ? Promise.reject(given) : Promise.resolve(given);
      },
    };
    this.errands = new LockErrands({
      requester,
      poker: { poke: (stream, version) => this.pokes.push(`${stream}@${String(version)}`) },
      locks: this.locks,
      command: (request) => {
        this.told.push(request);
        return this.fault ? Promise.reject(this.fault) : Promise.resolve();
      },
      mission: () => Promise.resolve(this.mission),
      ttlMs: 20_000,
    });
  }

  requested(): Promise<void> {
    return this.errands.follow(
      event('mission-m-1', 'LockRequested', { claimId, runId: owner.runId, resources }),
    );
  }

  released(): Promise<void> {
    return this.errands.follow(event('mission-m-1', 'LockReleased', { claimId, runId: owner.runId }));
  }

  grantedInLedger(version = 9): Promise<void> {
    const data = { claimId, owner, resources, ttlMs: 20_000, grantedAt: at };
    return this.errands.follow({ ...event('resources-local', 'LockGranted', data), version });
  }

  get subjects(): readonly string[] {
    return this.asked.map(({ subject }) => subject);
  }

  get commands(): readonly string[] {
    return this.told.map(({ command }) => command.type);
  }
}

function event(stream: string, type: string, data: unknown): EventEnvelope {
  return {
    id: `${stream}/${type}`,
    stream,
    version: 9,
    type,
    schema: 1,
    occurredAt: at,
    actor: { kind: 'service', id: 'spec' },
    correlationId: 'c',
    causationId: 'c',
    data,
  };
}

describe('an errand for a lock', () => {
  it('concerns requests and releases of missions, grants and denials of ledgers, nothing else', () => {
    const { errands } = new Bench();
    const concerns = (stream: string, type: string, missionId = 'm-aaaa1') =>
      errands.concerns(event(stream, type, { owner: { missionId } }));
    expect(concerns('mission-m-1', 'LockRequested')).toBe(true);
    expect(concerns('mission-m-1', 'LockReleased')).toBe(true);
    expect(concerns('resources-local', 'LockGranted')).toBe(true);
    expect(concerns('resources-local', 'LockDenied')).toBe(true);
    expect(concerns('mission-m-1', 'LockGranted')).toBe(false);
    expect(concerns('resources-local', 'LockReleased')).toBe(false);
    expect(concerns('resources-local', 'LockGranted', 'nightly-build')).toBe(false);
    expect(concerns('resources-local', 'LockDenied', 'nightly-build')).toBe(false);
  });

  it('claims by an id that a repeat shares, and tells the grant when its ledger says it', async () => {
    const bench = new Bench();
    bench.answers = { [resourceSubjects.claim]: granted };
    await bench.requested();
    await bench.requested();
    expect(bench.asked.map(({ payload }) => payload)).toEqual([
      expect.objectContaining({ claimId, resources, owner, commandId: 'mission-m-1/LockRequested' }),
      expect.objectContaining({ claimId, commandId: 'mission-m-1/LockRequested' }),
    ]);
    expect(bench.told).toEqual([]);
    expect(bench.pokes).toEqual(['resources-local@9', 'resources-local@9']);
    await bench.grantedInLedger();
    expect(bench.told).toEqual([
      expect.objectContaining({
        commandId: `${claimId}/granted`,
        missionId: 'm-1',
        command: { type: 'RecordLockGrant', data: { claimId, ledger: 'resources-local', version: 9 } },
      }),
    ]);
    expect(bench.locks.rows.get(claimId)).toMatchObject({ token: 9 });
  });

  it('says with the claim what its mission weighs', async () => {
    const bench = new Bench();
    bench.answers = { [resourceSubjects.claim]: granted };
    bench.mission = { ...bench.mission, priority: 4 };
    await bench.requested();
    expect(bench.asked[0]?.payload).toMatchObject({ claimId, stakes: { priority: 4 } });
  });

  it('tells who holds what it waits for, and keeps the grant that came meanwhile', async () => {
    const bench = new Bench();
    bench.answers = { [resourceSubjects.claim]: queued };
    await bench.requested();
    expect(bench.told[0]?.command).toEqual({
      type: 'RecordLockWait',
      data: { claimId, resource: resources[0], holder: 'm-2 m-2-r1', position: 1 },
    });
    await bench.grantedInLedger();
    await bench.requested();
    expect(bench.locks.rows.get(claimId)).toMatchObject({ token: 9 });
    expect(bench.commands).toContain('RecordLockGrant');
  });

  it('tells whom it is behind in the queue, where nobody holds anything', async () => {
    const bench = new Bench();
    const reply = { ...queued, position: 2, holders: [], ahead: queued.holders };
    bench.answers = { [resourceSubjects.claim]: reply };
    await bench.requested();
    expect(bench.told[0]?.command).toEqual({
      type: 'RecordLockWait',
      data: { claimId, resource: resources[0], behind: 'm-2 m-2-r1', position: 2 },
    });
  });

  it('tells until when a single resource is closed', async () => {
    const bench = new Bench();
    const closedUntil = '2026-01-01T00:00:07.000Z';
    bench.answers = { [resourceSubjects.claim]: { ...queued, position: 1, holders: [], closedUntil } };
    await bench.requested();
    expect(bench.told[0]?.command).toEqual({
      type: 'RecordLockWait',
      data: { claimId, resource: resources[0], closedUntil, position: 1 },
    });
  });

  it('lets the time of waiting begin anew when the mission goes on', async () => {
    const bench = new Bench();
    const unblocked = event('mission-m-1', 'MissionUnblocked', { by: 'ana', cause: 'lock_wait' });
    expect(bench.errands.concerns(unblocked)).toBe(true);
    await bench.errands.follow(unblocked);
    expect(bench.locks.anew).toEqual(['m-1']);
    expect(bench.asked).toEqual([]);
  });

  it.each([
    ['LOCK_CYCLE', 'lock_cycle'],
    ['RESOURCE_INVALID', 'lock_wait'],
  ])('that is refused by %s blocks the mission by %s instead of waiting for ever', async (code, cause) => {
    const bench = new Bench();
    bench.answers = { [resourceSubjects.claim]: new DomainError(code, 'It cannot be.') };
    await bench.requested();
    expect(bench.told).toEqual([
      expect.objectContaining({
        command: expect.objectContaining({
          type: 'BlockMission',
          data: expect.objectContaining({ cause }) as unknown,
        }) as unknown,
      }),
    ]);
  });

  it('that is refused says by which commands a person can go on', async () => {
    const bench = new Bench();
    bench.mission = { ...bench.mission, runs: { [owner.runId]: approved().run } };
    bench.answers = { [resourceSubjects.claim]: new DomainError('RESOURCE_INVALID', 'It cannot be.') };
    await bench.requested();
    const { data } = bench.told[0]?.command as MissionCommandOf<'BlockMission'>;
    expect(data.detail).toBe('port:/local/8080 cannot be claimed: It cannot be.');
    expect(data.needs).toContain('`missions feature skip m-1 F-001 --reason R`');
    expect(data.needs).toContain('`missions resume m-1`');
  });

  it('that lost its place to a circle while it waited blocks the mission too', async () => {
    const bench = new Bench();
    bench.answers = { [resourceSubjects.claim]: queued };
    await bench.requested();
    const data = { claimId, owner, resources, ttlMs: 20_000, cycle: [owner], deniedAt: at };
    await bench.errands.follow(event('resources-local', 'LockDenied', data));
    expect(bench.told.at(-1)?.command).toMatchObject({
      type: 'BlockMission',
      data: { cause: 'lock_cycle' },
    });
    expect(bench.locks.rows.size).toBe(0);
  });

  it('made ahead of a run is the feature’s, keeps no run waiting and is refused without words', async () => {
    const bench = new Bench();
    const ahead = { claimId, featureId: 'F-002', resources };
    const asks = (data: object) => bench.errands.follow(event('mission-m-1', 'LockRequested', data));
    bench.answers = { [resourceSubjects.claim]: queued };
    await asks(ahead);
    expect(bench.asked[0]?.payload).toMatchObject({ owner: { missionId: 'm-1', featureId: 'F-002' } });
    expect(bench.locks.rows.get(claimId)).toMatchObject({ runId: '', token: undefined });
    bench.answers = { [resourceSubjects.claim]: new DomainError('MALFORMED_RESOURCE', 'It cannot be.') };
    await asks(ahead);
    expect(bench.told).toEqual([]);
    await asks({ ...ahead, runId: owner.runId });
    expect(bench.commands).toEqual(['BlockMission']);
  });

  it('taken over by its run is the same claim, with the wait or the grant that it has', async () => {
    const bench = new Bench();
    bench.answers = { [resourceSubjects.claim]: queued };
    const takes = { claimId, featureId: 'F-002', runId: owner.runId, resources };
    await bench.errands.follow(event('mission-m-1', 'LockRequested', takes));
    expect(bench.asked[0]?.payload).toMatchObject({ owner: { missionId: 'm-1', featureId: 'F-002' } });
    expect(bench.commands).toEqual(['RecordLockWait']);
    bench.answers = { [resourceSubjects.claim]: granted };
    await bench.errands.follow(event('mission-m-1', 'LockRequested', takes));
    expect(bench.locks.rows.get(claimId)).toMatchObject({ runId: owner.runId, token: 9 });
  });

  it('whose lease has run out meanwhile blocks nobody: the renewal tells it', async () => {
    const bench = new Bench();
    bench.answers = { [resourceSubjects.claim]: new DomainError('CLAIM_ENDED', 'It has expired.') };
    await bench.requested();
    expect(bench.told).toEqual([]);
  });

  it('rises when the service is away, so that it is run again', async () => {
    const bench = new Bench();
    bench.answers = { [resourceSubjects.claim]: new Error('no responders') };
    await expect(bench.requested()).rejects.toThrow('no responders');
    expect(bench.told).toEqual([]);
  });
});

describe('giving a lock back', () => {
  it('releases what is held by its token, and withdraws what waits', async () => {
    const held = new Bench();
    await held.grantedInLedger();
    await held.released();
    expect(held.asked.at(-1)).toEqual({
      subject: resourceSubjects.release,
      payload: { claimId, scope: 'local', token: 9 },
    });
    const waiting = new Bench();
    waiting.answers = { [resourceSubjects.claim]: queued };
    await waiting.requested();
    await waiting.released();
    expect(waiting.subjects).toEqual([resourceSubjects.claim, resourceSubjects.withdraw]);
    expect([...held.locks.rows, ...waiting.locks.rows]).toEqual([]);
  });

  it('releases what was granted before its withdrawal came', async () => {
    const bench = new Bench();
    bench.answers = {
      [resourceSubjects.claim]: queued,
      [resourceSubjects.withdraw]: new DomainError('CLAIM_GRANTED', 'Release it.', { claimId, token: 9 }),
    };
    await bench.requested();
    await bench.released();
    expect(bench.asked.at(-1)).toEqual({
      subject: resourceSubjects.release,
      payload: { claimId, scope: 'local', token: 9 },
    });
    expect(bench.locks.rows.size).toBe(0);
  });

  it('passes the time of waiting on to the claim that is made in its stead, where it lets others through', async () => {
    const lets = event('mission-m-1', 'LockReleased', { claimId, runId: owner.runId, letsThrough: 'm-2' });
    const next = `${claimId}-12`;
    const stepsBack = async (mission: Claimant): Promise<Bench> => {
      const bench = new Bench();
      bench.answers = { [resourceSubjects.claim]: queued };
      await bench.requested();
      bench.mission = mission;
      await bench.errands.follow(lets);
      await bench.errands.follow(lets);
      expect(bench.subjects).toEqual([resourceSubjects.claim, resourceSubjects.withdraw]);
      expect(bench.locks.rows.size).toBe(0);
      return bench;
    };
    const run = { id: owner.runId, lock: { claimId: next, granted: false, resources } };
    const asking = { ...claimant(), runs: { [owner.runId]: run } } as unknown as Claimant;
    expect((await stepsBack(asking)).locks.passed).toEqual([[claimId, next]]);
    expect((await stepsBack(claimant())).locks.passed).toEqual([]);
  });

  it('happens when a grant crosses with the end of the run', async () => {
    const bench = new Bench();
    bench.mission = claimant();
    await bench.grantedInLedger();
    expect(bench.subjects).toEqual([resourceSubjects.release]);
    expect(bench.locks.rows.size).toBe(0);
  });

  it('is for its owner where that is no mission', async () => {
    const bench = new Bench();
    bench.mission = { ...claimant(), version: 0 };
    await bench.grantedInLedger();
    expect([bench.subjects, bench.commands, bench.locks.rows.size]).toEqual([[], [], 0]);
  });

  it('is forgotten when the ledger has ended it already, and tried again when the service is away', async () => {
    const bench = new Bench();
    await bench.grantedInLedger();
    bench.answers = { [resourceSubjects.release]: new Error('no responders') };
    await expect(bench.released()).rejects.toThrow('no responders');
    expect(bench.locks.rows.size).toBe(1);
    bench.answers = { [resourceSubjects.release]: new DomainError('STALE_TOKEN', 'It has expired.') };
    await bench.released();
    expect(bench.locks.rows.size).toBe(0);
  });

  it('of what was never asked for is nothing', async () => {
    const bench = new Bench();
    await bench.released();
    expect(bench.asked).toEqual([]);
  });
});

describe('renewing locks', () => {
  const held = (id: string, token: number | undefined): HeldLock => ({
    claimId: id,
    missionId: 'm-1',
    runId: 'm-1-r4',
    scope: 'local',
    token,
  });

  async function holding(...locks: readonly HeldLock[]): Promise<Bench> {
    const bench = new Bench();
    for (const lock of locks) await bench.locks.remember(lock);
    return bench;
  }

  it('renews what is held, and not what waits', async () => {
    const bench = await holding(held('a', 3), held('b', undefined));
    await bench.errands.renewAll();
    expect(bench.asked).toEqual([
      { subject: resourceSubjects.renew, payload: { claimId: 'a', scope: 'local', token: 3 } },
    ]);
  });

  it('tells the mission what has run out, and then forgets it', async () => {
    const bench = await holding(held('a', 3));
    bench.answers = { [resourceSubjects.renew]: new DomainError('STALE_TOKEN', 'It has expired.') };
    await bench.errands.renewAll();
    expect(bench.told.map(({ missionId, command }) => [missionId, command])).toEqual([
      ['m-1', { type: 'RecordLockLoss', data: { claimId: 'a' } }],
    ]);
    expect(bench.locks.rows.size).toBe(0);
  });

  it('tells the mission who took it and why, where a person did', async () => {
    const bench = await holding(held('a', 3));
    const evidence = { claimId: 'a', how: 'revoked', by: 'eva', reason: 'It hangs.' };
    bench.answers = {
      [resourceSubjects.renew]: new DomainError('CLAIM_ENDED', 'It has been revoked.', evidence),
    };
    await bench.errands.renewAll();
    expect(bench.told).toMatchObject([
      { command: { type: 'RecordLockLoss', data: { claimId: 'a', by: 'eva', reason: 'It hangs.' } } },
    ]);
  });

  it('tells the mission of a loss without its reason, where that may not be written', async () => {
    const bench = await holding(held('a', 3));
    const evidence = { claimId: 'a', how: 'revoked', by: 'eva', reason: 'The key is hunter2.' };
    bench.answers = {
      [resourceSubjects.renew]: new DomainError('CLAIM_ENDED', 'It has been revoked.', evidence),
    };
    bench.fault = new DomainError('SECRET_IN_EVENT', 'It contains a secret.');
    await bench.errands.renewAll();
    expect(bench.told.map(({ command }) => command.data)).toEqual([
      { claimId: 'a', by: 'eva', reason: 'The key is hunter2.' },
      { claimId: 'a' },
    ]);
    expect(bench.locks.rows.size).toBe(0);
  });

  it('tells of an exchange, and of no loss, where what an agent asked for was given away meanwhile', async () => {
    const asked = 'm-1-r4/ask-1-0a';
    const bench = await holding(held(asked, 3), held('m-1-r4/lock', 4));
    bench.answers = {
      [resourceSubjects.renew]: new DomainError('CLAIM_ENDED', 'It has been released.', { how: 'released' }),
    };
    bench.mission = claimant(asked);
    await bench.errands.renewAll();
    expect(bench.told).toMatchObject([
      { commandId: `${asked}/exchanged`, command: { type: 'RecordAskExchanged', data: { claimId: asked } } },
      { command: { type: 'RecordLockLoss', data: { claimId: 'm-1-r4/lock' } } },
    ]);
    // As long as the mission has not heard that it had it, it cannot hear that it was given away.
    expect([...bench.locks.rows.keys()]).toEqual([asked]);
    bench.mission = claimant();
    await bench.errands.renewAll();
    expect(bench.told.at(-1)).toMatchObject({ command: { type: 'RecordAskExchanged' } });
    expect(bench.locks.rows.size).toBe(0);
  });

  it('keeps what has run out in mind until the mission could be told', async () => {
    const bench = await holding(held('a', 3));
    bench.answers = { [resourceSubjects.renew]: new DomainError('STALE_TOKEN', 'It has expired.') };
    bench.fault = new Error('the database is away');
    await expect(bench.errands.renewAll()).rejects.toThrow('away');
    expect(bench.locks.rows.size).toBe(1);
  });

  it('lets no lock run out because another could not be renewed', async () => {
    const bench = await holding(held('a', 3), held('b', 4));
    bench.answers = {
      [resourceSubjects.renew]: (asked: { claimId: string }) =>
        asked.claimId === 'a' ? new Error('time-out') : undefined,
    };
    await expect(bench.errands.renewAll()).rejects.toThrow('time-out');
    expect(bench.asked.map(({ payload }) => payload)).toContainEqual({
      claimId: 'b',
      scope: 'local',
      token: 4,
    });
    expect(bench.locks.rows.size).toBe(2);
  });
});
