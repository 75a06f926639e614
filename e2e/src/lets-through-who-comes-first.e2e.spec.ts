import { leasingEventSchema } from '@missions/leasing';
import type { MissionEventData } from '@missions/mission';
import { gatherEvidence, settle, type LoggedEvent } from '@missions/testing';
import type { PersonRepository } from '@missions/workspace/conformance';
import { steppingBack } from './stage/overlapping.ts';
import { openStage, type Stage } from './stage/stage.ts';

type Waiting = MissionEventData<'FeatureWaiting'>;

const LIMIT_MS = 120_000;
/** Many times what the third takes to ask: who is blocked for waiting lets nobody through any more. */
const LOCK_WAIT_MS = 10_000;

describe('a mission that is next in line only because another one gave way to it', () => {
  let stage: Stage;
  beforeAll(async () => {
    const settings = { 'limits.lockWaitMin': LOCK_WAIT_MS / 60_000 };
    stage = await openStage({ script: steppingBack.third, replicas: { worker: 2, validator: 2 }, settings });
  });
  afterAll(() => stage.close());

  it('lets through who would have come first, waits on since it first did, and all branches merge', async () => {
    const repository = stage.repository('product');
    repository.write('shared.md', '# What everybody writes in\n');
    repository.commit('Begin the shared file');
    const [first, second, third] = await play(repository);

    const released = await stage.api.facts(second, 'LockReleased');
    expect(released.filter((fact) => 'letsThrough' in fact)).toMatchObject([{ letsThrough: third }]);
    const waits = await waitsOf(second);
    expect(waits.slice(0, 2)).toMatchObject([{ position: 1 }, { position: 2 }]);
    expect(new Set(waits.map(({ sinceAt }) => sinceAt)).size).toBe(1);
    const log = await wholeLog();
    expect(turnsIn(log)).toEqual([
      `LockGranted ${first}`,
      `LockGranted ${second}`,
      `LockWithdrawn ${second}`,
      `LockGranted ${third}`,
      `LockGranted ${second}`,
    ]);
    // It has asked again after the third did, and yet its time is up before.
    const blocked = log.filter(({ type }) => type === 'MissionBlocked').map(({ stream }) => stream);
    expect(blocked).toEqual([`mission-${second}`, `mission-${third}`]);
    expect(await stage.violations({ atRest: true })).toEqual([]);

    for (const id of [first, second, third]) repository.git('merge', '--no-edit', `missions/${id}`);
    const lines = repository.git('show', 'HEAD:shared.md').split('\n').slice(1);
    expect(lines).toEqual(['the first was here', 'the third was here', 'the second was here']);
  });

  /** The third asks while the second waits for what the first works on; the first goes on when both have waited for too long. */
  async function play({ path }: PersonRepository): Promise<readonly [string, string, string]> {
    const { api, desk } = stage;
    const order = { repository: path, integration: 'shared' } as const;
    let first = '';
    const scoping = desk.hold(({ header, turn }) => header.task === 'scope' && turn === 0);
    const building = desk.hold(
      ({ header, turn }) => header.mission === first && header.task === 'build' && turn === 1,
    );
    first = await api.create({ goal: 'The first', stance: 'greedy', ...order });
    desk.say(first, steppingBack.first);
    const second = await api.create({ goal: 'The second', ...order });
    desk.say(second, steppingBack.second);
    scoping.release();
    await api.approve(first);
    await building.arrived;
    await api.renewed(first);
    await api.approve(second);
    await settle(async () => (await waitsOf(second)).length > 0, { limitMs: LIMIT_MS });
    const third = await api.create({ goal: 'The third', ...order });
    await api.approve(third);
    for (const id of [second, third]) await api.until(id, ({ status }) => status === 'blocked', LIMIT_MS);
    building.release();
    for (const id of [first, second, third])
      await api.until(id, ({ status }) => status === 'completed', LIMIT_MS);
    return [first, second, third];
  }

  /** What was said of its second feature. */
  async function waitsOf(id: string): Promise<readonly Waiting[]> {
    const waits = await stage.api.facts<Waiting>(id, 'FeatureWaiting');
    return waits.filter(({ featureId }) => featureId === 'F-002');
  }

  async function wholeLog(): Promise<readonly LoggedEvent[]> {
    const { streams } = await gatherEvidence({ databaseUrl: stage.stack.servers.databaseUrl });
    return [...streams.values()].flat().toSorted((one, other) => one.place - other.place);
  }
});

/** Who was granted something, and who left a queue, in the order of the ledgers. */
function turnsIn(log: readonly LoggedEvent[]): readonly string[] {
  return log
    .filter(({ stream }) => stream.startsWith('resources-'))
    .map(({ type, data }) => leasingEventSchema.parse({ type, data }))
    .flatMap(({ type, data }) =>
      type === 'LockGranted' || type === 'LockWithdrawn' ? [`${type} ${data.owner.missionId}`] : [],
    );
}
