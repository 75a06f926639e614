import { settle } from '@missions/testing';
import type { ModelCall } from './stage/model-desk.ts';
import { openStage, type Stage } from './stage/stage.ts';
import { tale } from './stage/tale.ts';

interface Alert {
  readonly runId: string;
  readonly sinceAt: string;
}

describe('a run whose process lives while its model is silent', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage({
      script: tale(),
      replicas: { 'orchestrator-decide': 2 },
      // Both missions are built by one process; a rest of 16 s is a stall, half of it an alert.
      settings: { 'runs.slots': 2, 'limits.runStallMin': 16 / 60 },
    });
  });
  afterAll(() => stage.close());

  const building = (id: string, attempt: number) => (call: ModelCall) =>
    call.header.mission === id && call.header.task === 'build' && call.header.attempt === attempt;

  it('is said once over all replicas and their restarts, stopped, and tried again; its neighbour is not disturbed', async () => {
    const { api, desk, stack, cli } = stage;
    const repository = stage.repository('product');
    const [stuck, other] = await Promise.all(
      ['stuck', 'other'].map((goal) => api.create({ goal, repository: repository.path })),
    );
    if (stuck === undefined || other === undefined) throw new Error('Both missions were to be there.');
    const silent = desk.hold(building(stuck, 1));
    const slow = desk.hold(building(other, 1));
    await Promise.all([api.approve(stuck, 120_000), api.approve(other, 120_000)]);
    await Promise.all([silent.arrived, slow.arrived]);
    slow.release();

    await settle(async () => (await api.facts(stuck, 'RunStalled')).length > 0, { limitMs: 60_000 });
    const shown = await cli('show', stuck);
    expect(JSON.stringify(shown.json)).toContain('"stalled":{');
    await stack.service('orchestrator-decide').kill('SIGKILL');
    await api.until(other, ({ status }) => status === 'completed', 120_000);

    await settle(async () => (await api.facts(stuck, 'RunEnded')).some(({ cause }) => cause === 'stall'), {
      limitMs: 90_000,
    });
    silent.release();
    await api.until(stuck, ({ status }) => status === 'completed', 120_000);

    const alerts = await api.facts<Alert>(stuck, 'RunStalled');
    expect(alerts).toHaveLength(1);
    expect(await api.facts(stuck, 'RunStopOrdered')).toEqual([
      expect.objectContaining({ runId: alerts[0]?.runId, cause: 'stall' }),
    ]);
    const events = await api.events(stuck);
    expect(events.filter(({ type }) => type === 'dev.missions.run.stalled.v1')).toHaveLength(1);
    for (const nothing of ['RunStalled', 'RunStopOrdered', 'RunReleased'])
      expect(await api.facts(other, nothing)).toEqual([]);
    expect(await stage.violations({ atRest: true })).toEqual([]);
  });
});

describe('a run that no replica takes', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage({
      script: tale(),
      services: [
        'orchestrator-decide',
        'orchestrator-agents',
        'validator',
        'resource-lock',
        'mission-control',
      ],
      settings: { 'limits.runUnclaimedMin': 3 / 60 },
    });
  });
  afterAll(() => stage.close());

  it('is said once, with what is needed', async () => {
    const { api } = stage;
    const id = await api.create({ goal: 'wait', repository: stage.repository('product').path });
    await api.approve(id, 120_000);
    await settle(async () => (await api.facts(id, 'RunUnclaimed')).length > 0, { limitMs: 60_000 });
    const mission = await api.mission(id);
    expect(mission.now?.unclaimed?.needs).toContain('No worker');
    expect(mission.headline).toMatchObject({ glyph: '⚠', word: 'stale' });
    expect(await api.facts(id, 'RunUnclaimed')).toHaveLength(1);
  });
});
