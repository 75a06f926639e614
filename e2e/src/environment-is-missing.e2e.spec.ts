import { openStage, type Stage } from './stage/stage.ts';

describe('a machine without a sandbox', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage({ settings: { 'sandbox.provider': 'none' } });
  });
  afterAll(() => stage.close());

  it('runs no command of an agent: the mission is blocked{environment} and says what to do', async () => {
    const { api } = stage;
    const id = await api.create({ goal: 'Write', repository: stage.repository('product').path });
    const { block } = await api.until(id, ({ status }) => status === 'blocked');
    expect(block?.cause).toBe('environment');
    expect(block?.needs).toContain('doctor');
    expect(await api.facts(id, 'HandoffSubmitted')).toEqual([]);
    expect(await stage.violations()).toEqual([]);
  });
});

describe('a machine without the key of the model', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage({ env: { E2E_API_KEY: undefined } });
  });
  afterAll(() => stage.close());

  it('calls nobody: the mission is blocked{auth}', async () => {
    const { api, desk } = stage;
    const id = await api.create({ goal: 'Write', repository: stage.repository('product').path });
    const { block } = await api.until(id, ({ status }) => status === 'blocked');
    expect(block?.cause).toBe('auth');
    expect(desk.calls).toEqual([]);
    expect((await stage.cli('wait', id, '--timeout', '10')).exitCode).toBe(11);
    expect(await stage.violations()).toEqual([]);
  });
});

describe('a model that refuses the key', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage({ env: { E2E_API_KEY: 'sk-ant-e2e-the-wrong-one-0123456789abcdef' } });
  });
  afterAll(() => stage.close());

  it('blocks the mission with cause auth, and no key is in any text', async () => {
    const { api } = stage;
    const id = await api.create({ goal: 'Write', repository: stage.repository('product').path });
    const { block } = await api.until(id, ({ status }) => status === 'blocked');
    expect(block?.cause).toBe('auth');
    const secrets = ['sk-ant-e2e-the-wrong-one-0123456789abcdef'];
    expect(await stage.violations({ secrets })).toEqual([]);
  });
});
