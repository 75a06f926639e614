import type { MissionEventData } from '@missions/mission';
import { script } from './stage/overlapping.ts';
import { openStage, type Stage } from './stage/stage.ts';

type Requested = MissionEventData<'LockRequested'>;

const LIMIT_MS = 90_000;
const port = 'port:/local/9090';

const writes = (id: string, touches: readonly string[]) => ({
  id,
  touches,
  command: `echo ${id} > ${id}.txt`,
  proof: `test -s ${id}.txt`,
});

describe('what the next feature shares', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage({ replicas: { worker: 2 } });
  });
  afterAll(() => stage.close());

  it('is had when its run begins, and yields meanwhile to somebody who is at work', async () => {
    const { api, desk } = stage;
    let early = '';
    const scoping = desk.hold(({ header, turn }) => header.task === 'scope' && turn === 0);
    const building = desk.hold(
      ({ header, turn }) => header.mission === early && header.feature === 'F-001' && turn === 1,
    );
    early = await api.create({ goal: 'Be in time', repository: stage.repository('early').path });
    desk.say(early, script([writes('F-001', []), writes('F-002', [port])]));
    const other = await api.create({ goal: 'Need it now', repository: stage.repository('other').path });
    desk.say(other, script([writes('F-001', [port])]));
    scoping.release();

    await api.approve(early);
    await building.arrived;
    const [ahead] = await api.facts<Requested>(early, 'LockRequested');
    expect(ahead).toMatchObject({ featureId: 'F-002', resources: [port] });
    expect(ahead).not.toHaveProperty('runId');

    // The first still builds what needs no port: nobody waits for its next feature.
    await api.approve(other);
    await api.until(other, ({ status }) => status === 'completed', LIMIT_MS);
    expect(await api.facts(early, 'LockReleased')).toMatchObject([{ claimId: ahead?.claimId }]);
    building.release();
    await api.until(early, ({ status }) => status === 'completed', LIMIT_MS);

    const requests = await api.facts<Requested>(early, 'LockRequested');
    const [again, taken] = requests.slice(1);
    expect(again).not.toHaveProperty('runId');
    expect(taken).toMatchObject({ claimId: again?.claimId, featureId: 'F-002' });
    expect(taken?.runId).toBeDefined();
    expect(await api.facts(early, 'FeatureWaiting')).toEqual([]);
    expect(await stage.violations({ atRest: true })).toEqual([]);
  });
});
