import type { MissionEventData } from '@missions/mission';
import { openStage, type Stage } from './stage/stage.ts';
import { tale } from './stage/tale.ts';

describe('a success that is none', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage({ script: tale({ idle: ['F-001'] }) });
  });
  afterAll(() => stage.close());

  it('without a diff is refused, and the mission ends blocked with the reason', async () => {
    const { api } = stage;
    const repository = stage.repository('idle');
    const id = await api.create({ goal: 'Write the file', repository: repository.path });
    await api.approve(id);
    const { block, features } = await api.until(id, ({ status }) => status === 'blocked');
    expect(block?.detail).toContain('F-001');
    expect(features.done).toBe(0);

    const handoffs = await api.facts<MissionEventData<'HandoffSubmitted'>>(id, 'HandoffSubmitted');
    // Three attempts, each refused as a success and then honest about its failure.
    expect(handoffs.map(({ handoff }) => handoff.claim.outcome)).toEqual(['failure', 'failure', 'failure']);
    expect(await api.facts(id, 'HandoffAccepted')).toEqual([]);
    expect(repository.git('for-each-ref', `refs/heads/missions/${id}`)).toBe('');
    expect(await stage.violations()).toEqual([]);
  });
});
