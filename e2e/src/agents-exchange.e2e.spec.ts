import { settle } from '@missions/testing';
import { exchanging } from './stage/exchanging.ts';
import { openStage, type Stage } from './stage/stage.ts';

const LIMIT_MS = 120_000;

describe('two agents of which each has asked for what the other needs now', () => {
  let stage: Stage;
  beforeAll(async () => {
    const settings = { 'limits.cycleTalkMs': 60_000 };
    stage = await openStage({ replicas: { worker: 2, validator: 2 }, settings });
  });
  afterAll(() => stage.close());

  it('exchange it in one decision, and both missions complete', async () => {
    const { api, desk } = stage;
    const repository = stage.repository('product');
    const order = { repository: repository.path, integration: 'shared', stance: 'greedy' } as const;
    const scoping = desk.hold(({ header, turn }) => header.task === 'scope' && turn === 0);
    const one = await api.create({ goal: 'One', ...order });
    const other = await api.create({ goal: 'The other', ...order });
    desk.say(one, exchanging.one);
    desk.say(other, exchanging.other);
    const second = (id: string): ReturnType<typeof desk.hold> =>
      desk.hold(({ header, turn }) => header.mission === id && header.task === 'build' && turn === 1);
    const [oneAsks, otherAsks] = [second(one), second(other)];
    scoping.release();
    await Promise.all([api.approve(one), api.approve(other)]);
    await Promise.all([oneAsks.arrived, otherAsks.arrived]);
    oneAsks.release();
    // Nothing is given away for nothing.
    await settle(async () => (await api.facts(one, 'LockNegotiationFailed')).length > 0, {
      limitMs: LIMIT_MS,
    });
    otherAsks.release();
    await api.until(one, ({ status }) => status === 'completed', LIMIT_MS);
    await api.until(other, ({ status }) => status === 'completed', LIMIT_MS);

    for (const [id, partner] of [
      [one, other],
      [other, one],
    ] as const) {
      const [settled] = await api.facts<{ agreed: string }>(id, 'LockNegotiationSettled');
      expect(settled).toMatchObject({ with: [partner] });
      expect(settled?.agreed).toMatch(new RegExp(`^${one} lets ${other} have .*/test/a\\.md and gets what`));
      expect(await api.facts(id, 'LockAskRefused')).toMatchObject([{ code: 'EXCHANGED' }]);
      expect(await api.facts(id, 'LockLost')).toEqual([]);
      expect(await api.facts(id, 'RunStopOrdered')).toEqual([]);
    }
    const files = (id: string): readonly string[] =>
      repository.git('ls-tree', '-r', '--name-only', `missions/${id}`).split('\n');
    expect(files(one)).toEqual(expect.arrayContaining(['docs/one.md', 'lib/b.md']));
    expect(files(other)).toEqual(expect.arrayContaining(['docs/other.md', 'test/a.md']));
    expect(await stage.violations({ atRest: true })).toEqual([]);
  });
});
