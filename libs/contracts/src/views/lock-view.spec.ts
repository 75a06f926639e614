import { builtM1, type History } from '@missions/mission/testing';
import { lockLedger, lockViews, lockViewSchema, type LockLedger } from './lock-view.ts';

const at = '2026-03-01T10:05:00.000Z';
const before = '2026-03-01T10:00:00.000Z';
const changedBy = [{ missionId: 'm-other', sha: 'a'.repeat(40) }];

/** The run that waits for the ports of the product. */
function untilItWaits(history: History): History {
  return history.run.lock === undefined ? untilItWaits(history.done()) : history;
}

const waiting = untilItWaits(builtM1());
const { run } = waiting;
const claimId = run.lock?.claimId ?? '';
const resources = [{ resource: 'port:/local/8080', mode: 'X' as const }];
const other = { claimId: 'm-other-r1/lock', owner: { missionId: 'm-other', runId: 'm-other-r1' }, resources };
const mine = { claimId, owner: { missionId: waiting.mission.id, runId: run.id }, resources };
const empty = {
  ...{ scope: 'local', version: 1, closed: [], pools: [], waits: [], negotiations: [], commitments: [] },
  ...{ held: [], queue: [] },
};

function views(history: History, ledger: LockLedger) {
  return lockViews(history.mission, [], [ledger]).map((view) => lockViewSchema.parse(view));
}

describe('what a mission has of what is shared', () => {
  it('is the claim of its run, with its place and how long it waits', () => {
    const queue = [{ ...mine, ttlMs: 1000, requestedAt: before, position: 1, holders: [other], ahead: [] }];
    const [view] = views(waiting, lockLedger({ ...empty, queue }, { at, leases: [] }));
    expect(view).toMatchObject({ claimId, runId: run.id, state: 'waiting', waitedMs: 300_000 });
    expect(view?.queue).toMatchObject({ position: 1, holders: [{ claimId: other.claimId }] });
  });

  it('is, once it is granted, how long it has it and whose work it begins with', () => {
    const held = [{ ...mine, ttlMs: 1000, token: 7, grantedAt: before }];
    const granted = waiting.granted();
    const [view] = views(granted, lockLedger({ ...empty, held }, { at, leases: [] }));
    expect(view).toMatchObject({ state: 'held', heldMs: 300_000 });
    expect(view).not.toHaveProperty('queue');
  });

  it('is nothing of a run that has ended', () => {
    expect(views(waiting.claimed().done(), lockLedger(empty, { at, leases: [] }))).toEqual([]);
  });

  it('is what was asked for ahead of a run too', () => {
    const ahead = { claimId: 'm-demo1-f2/lock', featureId: 'F-002', resources: ['path:/r/main/src'] };
    const mission = { ...builtM1().mission, ahead: { ...ahead, granted: true, changedBy } };
    expect(lockViews(mission, [], []).map((view) => lockViewSchema.parse(view))).toEqual([
      { ...ahead, missionId: mission.id, state: 'held', changedBy },
    ]);
  });
});
