import { openStage, type Stage } from './stage/stage.ts';
import { tale } from './stage/tale.ts';

describe('two missions of one repository at once', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage({
      script: tale({ features: ['F-001', 'F-002'], serves: true }),
      replicas: { worker: 2, validator: 2 },
    });
  });
  afterAll(() => stage.close());

  it('are built side by side, each on its own branch, and take turns at the port they share', async () => {
    const { api } = stage;
    const repository = stage.repository('product');
    const ids = await Promise.all(
      ['one', 'two'].map((goal) => api.create({ goal, repository: repository.path })),
    );
    await Promise.all(ids.map((id) => api.approve(id)));
    await Promise.all(ids.map((id) => api.until(id, ({ status }) => status === 'completed', 120_000)));
    for (const id of ids) {
      expect(repository.git('rev-list', '--count', `main..missions/${id}`)).toBe('2');
      expect(await api.facts(id, 'LockGranted')).toHaveLength(1);
    }
    expect(await stage.violations({ atRest: true })).toEqual([]);
  });
});
