import { repeatedCalls } from './stage/repeated-calls.ts';
import { openStage, type Stage } from './stage/stage.ts';
import { subscribe } from './stage/subscriber.ts';
import { tale } from './stage/tale.ts';

describe('a mission whose servers die under it', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage({ script: tale({ features: ['F-001', 'F-002'], serves: true }) });
  });
  afterAll(() => stage.close());

  /** Plays a mission and lets `fault` happen in the middle of its first feature. */
  async function missionWith(name: string, fault: () => Promise<void>): Promise<void> {
    const { api, desk } = stage;
    const repository = stage.repository(name);
    let id = '';
    const held = desk.hold(
      ({ header, turn }) => header.mission === id && header.feature === 'F-001' && turn === 1,
    );
    id = await api.create({ goal: 'Write the files', repository: repository.path });
    const subscriber = subscribe(api, id);
    await api.approve(id);
    await held.arrived;
    await fault();
    held.release();
    await api.until(id, ({ status }) => status === 'completed', 120_000);
    expect(repository.git('rev-list', '--count', `main..missions/${id}`)).toBe('2');
    const received = [{ name: 'subscriber', events: await subscriber.everything() }];
    expect(await stage.violations({ received })).toEqual([]);
    expect((await repeatedCalls(stage)).ofRecordedTurns).toEqual([]);
  }

  it('goes on after JetStream lost everything it held', async () => {
    await missionWith('wiped', () => stage.stack.servers.wipeNats());
  });

  it('goes on after nats-server was killed', async () => {
    await missionWith('nats', () => stage.stack.servers.killNats());
  });

  it('goes on after Postgres was killed, with every acknowledged fact', async () => {
    await missionWith('postgres', () => stage.stack.servers.killPostgres());
  });
});
