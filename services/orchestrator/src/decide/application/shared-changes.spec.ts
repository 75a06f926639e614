import type { MissionCommandRequest } from '@missions/contracts';
import type { EventEnvelope } from '@missions/kernel';
import { resourceSubjects } from '@missions/leasing';
import { claimant } from '../testing/claimant.ts';
import { LockErrands } from './lock-errands.ts';

const claimId = 'm-aaaa1-r4/lock';
const owner = { missionId: 'm-aaaa1', runId: 'm-aaaa1-r4' };
const resources = ['path:/tasks/main/src'];
const sha = 'a'.repeat(40);
const at = '2026-03-01T10:00:00.000Z';

function event(stream: string, type: string, data: unknown): EventEnvelope {
  const actor = { kind: 'service', id: 'x' } as const;
  return {
    id: type,
    stream,
    version: 9,
    type,
    schema: 1,
    data,
    occurredAt: at,
    actor,
    correlationId: 'c',
  } as never;
}

function bench() {
  const asked: { readonly subject: string; readonly payload: unknown }[] = [];
  const told: MissionCommandRequest[] = [];
  const lock = { claimId, missionId: owner.missionId, runId: owner.runId, scope: 'tasks', token: 9 };
  const errands = new LockErrands({
    requester: {
      request: (subject, payload) => {
        asked.push({ subject, payload });
        return Promise.resolve({});
      },
    },
    poker: { poke: () => undefined },
    locks: {
      remember: () => Promise.resolve(),
      forget: () => Promise.resolve(),
      passOn: () => Promise.resolve(),
      waitAnew: () => Promise.resolve(),
      find: () => Promise.resolve(lock),
      all: () => Promise.resolve([lock]),
    },
    command: (request) => {
      told.push(request);
      return Promise.resolve();
    },
    mission: () => Promise.resolve(claimant(claimId)),
    ttlMs: 20_000,
  });
  return { errands, asked, told };
}

describe('work that missions share', () => {
  it('is named to the ledger with the release of what it changed', async () => {
    const { errands, asked } = bench();
    await errands.follow(
      event('mission-m-aaaa1', 'LockReleased', { claimId, runId: owner.runId, change: { sha } }),
    );
    expect(asked).toEqual([
      { subject: resourceSubjects.release, payload: { claimId, scope: 'tasks', token: 9, change: { sha } } },
    ]);
  });

  it('is told to the mission that is granted the same, as far as missions made it', async () => {
    const { errands, told } = bench();
    const changedBy = [
      { missionId: 'somebody else', sha },
      { missionId: 'm-bbbb2', sha },
    ];
    const granted = { claimId, owner, resources, ttlMs: 20_000, grantedAt: at, changedBy };
    await errands.follow(event('resources-tasks', 'LockGranted', granted));
    expect(told.map(({ command }) => command)).toEqual([
      {
        type: 'RecordLockGrant',
        data: { claimId, ledger: 'resources-tasks', version: 9, changedBy: [{ missionId: 'm-bbbb2', sha }] },
      },
    ]);
  });
});
