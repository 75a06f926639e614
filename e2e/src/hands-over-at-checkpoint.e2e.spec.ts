import { settle } from '@missions/testing';
import { handingOver } from './stage/handing-over.ts';
import { openStage, type Stage } from './stage/stage.ts';

const LIMIT_MS = 120_000;

describe('a mission that waits for what another one works with', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage({ replicas: { worker: 2, validator: 2 } });
  });
  afterAll(() => stage.close());

  it('is promised it, gets it at the holder’s checkpoint, and the holder goes on from there', async () => {
    const { api, desk } = stage;
    const repository = stage.repository('product');
    let long = '';
    const scoping = desk.hold(({ header, turn }) => header.task === 'scope' && turn === 0);
    const building = desk.hold(
      ({ header, turn }) => header.mission === long && header.task === 'build' && turn === 1,
    );
    const order = { repository: repository.path, integration: 'shared' } as const;
    long = await api.create({ goal: 'A long one', ...order });
    desk.say(long, handingOver.long);
    const short = await api.create({ goal: 'A short one', ...order });
    desk.say(short, handingOver.short);
    scoping.release();
    await api.approve(long);
    await building.arrived;
    await api.approve(short);
    await settle(async () => (await api.facts(long, 'RunStopOrdered')).length > 0, { limitMs: LIMIT_MS });
    // Its turn is still under way: nobody else has anything of it yet.
    expect(await api.facts(short, 'LockGranted')).toEqual([]);
    building.release();
    await api.until(short, ({ status }) => status === 'completed', LIMIT_MS);
    await api.until(long, ({ status }) => status === 'completed', LIMIT_MS);

    expect(await api.facts(long, 'RunStopOrdered')).toMatchObject([{ cause: 'hand_over' }]);
    for (const [id, other] of [
      [long, short],
      [short, long],
    ] as const) {
      const [settled] = await api.facts<{ agreed: string }>(id, 'LockNegotiationSettled');
      expect(settled).toMatchObject({
        with: [other],
        ledger: expect.stringMatching(/^resources-/) as string,
      });
      expect(settled?.agreed).toContain(`${long} lets ${short} have`);
    }
    const runs = await api.facts<{ task: string; checkpoint?: object }>(long, 'RunDelegated');
    expect(runs.filter(({ task }) => task === 'build')).toMatchObject([{}, { checkpoint: {} }]);
    const grants = await api.facts<{ changedBy?: object[] }>(long, 'LockGranted');
    expect(grants.at(-1)?.changedBy).toMatchObject([{ missionId: short }]);
    expect(repository.git('ls-tree', '-r', '--name-only', `missions/${long}`).split('\n')).toEqual([
      'README.md',
      'docs/long.md',
      'docs/short.md',
    ]);
    expect(await stage.violations({ atRest: true })).toEqual([]);
  });
});
