import { MemoryEventStore } from '@missions/event-store/memory';
import type { StreamReader } from '@missions/event-store';
import { missionStream } from '@missions/mission';
import { approved, created } from '@missions/mission/testing';
import { MissionFolds } from './mission-folds.ts';
import { RunWorld } from './testing/index.ts';

/** A reader that notes from where it was read. */
function noting(store: MemoryEventStore): { readonly reader: StreamReader; readonly after: number[] } {
  const after: number[] = [];
  return {
    after,
    reader: {
      head: (stream) => store.head(stream),
      read: (stream, options) => {
        after.push(options?.after ?? 0);
        return store.read(stream, options);
      },
    },
  };
}

describe('missions folded from the log', () => {
  it('are read from the beginning once, then only brought up to date', async () => {
    const world = await RunWorld.after(created());
    const { reader, after } = noting(world.store);
    const folds = new MissionFolds(reader);
    const first = await folds.load(world.missionId);
    await world.person({ type: 'SendMessage', data: { messageId: 'msg-1', text: 'Hello' } });
    const second = await folds.load(world.missionId);
    expect(after).toEqual([0, first.version]);
    expect(second).toEqual(await new MissionFolds(world.store).load(world.missionId));
    expect(second.version).toBe(first.version + 1);
  });

  it('have version 0 when they do not exist', async () => {
    const folds = new MissionFolds(new MemoryEventStore());
    expect((await folds.load('m-none')).version).toBe(0);
  });

  it('can be looked at as they were', async () => {
    const history = approved();
    const world = await RunWorld.after(history);
    const folds = new MissionFolds(world.store);
    await folds.load(world.missionId);
    const events = await world.store.read(missionStream(world.missionId));
    const requested = events.findIndex(({ type }) => type === 'PlanApproved');
    expect((await folds.loadAt(world.missionId, requested)).status).toBe('awaiting_approval');
    expect((await folds.load(world.missionId)).status).toBe('running');
  });

  it('never go back to an older state than is known', async () => {
    const world = await RunWorld.after(created());
    const older = await world.mission();
    await world.person({ type: 'SendMessage', data: { messageId: 'msg-1', text: 'Hello' } });
    const newer = await world.folds.load(world.missionId);
    world.folds.keep(world.missionId, older);
    expect(await world.folds.load(world.missionId)).toEqual(newer);
  });
});
