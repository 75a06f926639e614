import type { MissionEventData } from '@missions/mission';
import { openStage, type Stage } from './stage/stage.ts';
import { tale } from './stage/tale.ts';

type Blocked = MissionEventData<'MissionBlocked'>;

const LIMIT_MS = 90_000;

describe('a mission that waits for a port that another one keeps', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage({
      script: tale({ serves: true }),
      replicas: { validator: 2 },
      settings: { 'limits.lockWaitMin': 3 / 60 },
    });
  });
  afterAll(() => stage.close());

  it('says who has it, asks a person when it takes too long, and goes on by itself when it is free', async () => {
    const { api, desk, cli, stack } = stage;
    let keeper = '';
    const keeps = desk.hold(
      ({ header, turn }) => header.mission === keeper && header.role === 'user_testing' && turn === 0,
    );
    keeper = await api.create({ goal: 'Keep the port', repository: stage.repository('keeper').path });
    await api.approve(keeper);
    await keeps.arrived;

    const waiter = await api.create({ goal: 'Wait for it', repository: stage.repository('waiter').path });
    await api.approve(waiter);
    const { block } = await api.until(waiter, ({ status }) => status === 'blocked', LIMIT_MS);
    expect(block?.cause).toBe('lock_wait');
    expect(block?.detail).toContain('port:/local/8099');
    expect(block?.detail).toContain(keeper);
    expect(block?.needs).toContain(`missions locks revoke ${keeper}`);
    expect((await cli('wait', waiter, '--timeout', '20')).exitCode).toBe(11);
    expect(await api.facts(waiter, 'RunWaiting')).toMatchObject([{ resource: 'port:/local/8099' }]);

    // The place in the queue is in the log: who dies meanwhile loses nothing of it.
    await stack.service('resource-lock').kill('SIGKILL');
    await stack.service('resource-lock').ready(60_000);
    keeps.release();
    await Promise.all(
      [keeper, waiter].map((id) => api.until(id, ({ status }) => status === 'completed', LIMIT_MS)),
    );
    expect((await cli('wait', waiter, '--timeout', '20')).exitCode).toBe(0);
    expect(await api.facts<Blocked>(waiter, 'MissionBlocked')).toHaveLength(1);
    expect(await api.facts(waiter, 'MissionUnblocked')).toMatchObject([{ cause: 'lock_wait' }]);
    expect(await api.facts(waiter, 'LockGranted')).toHaveLength(1);
    expect(await stage.violations({ atRest: true })).toEqual([]);
  });
});
