import type { MissionEventData } from '@missions/mission';
import { openStage, type Stage } from './stage/stage.ts';
import { assertionOf, tale } from './stage/tale.ts';

type Judged = MissionEventData<'AssertionJudged'>;

describe('work that fails its contract', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage();
  });
  afterAll(() => stage.close());

  async function started(name: string, script: ReturnType<typeof tale>): Promise<string> {
    const { api, desk } = stage;
    const id = await api.create({ goal: name, repository: stage.repository(name).path });
    desk.say(id, script);
    return id;
  }

  it('is found out although its worker and its validator say that all is well, is mended, and passes', async () => {
    const { api } = stage;
    const held = stage.desk.hold(({ header, turn }) => header.task === 'scope' && turn === 0);
    const id = await started('mended', tale({ features: ['F-001', 'F-002'], failing: ['F-001'] }));
    held.release();
    await api.approve(id);
    await api.until(id, ({ status }) => status === 'completed');

    const verdicts = (await api.facts<Judged>(id, 'AssertionJudged'))
      .filter(({ assertionId }) => assertionId === assertionOf('F-001'))
      .map(({ verdict }) => verdict);
    expect(verdicts).toEqual(['fail', 'pass', 'pass']);
    const report = await api.report(id);
    expect(report.features.map((feature) => [feature.id, feature.kind, feature.status])).toEqual([
      ['F-001', 'planned', 'accepted'],
      ['F-002', 'planned', 'accepted'],
      ['F-003', 'fix', 'accepted'],
    ]);
    expect(report.findings).toMatchObject([{ id: 'FIND-1', settled: { choice: 'fix_now' } }]);
    expect(report.notProven).toEqual([]);
    expect(await stage.violations()).toEqual([]);
  });

  it('ends blocked{fix_limit} when no fix helps, and says what is not proven', async () => {
    const { api } = stage;
    const held = stage.desk.hold(({ header, turn }) => header.task === 'scope' && turn === 0);
    const script = tale({ failing: ['F-001'], fixable: false, maxFixRounds: 2 });
    const id = await started('hopeless', script);
    held.release();
    await api.approve(id);
    const { block } = await api.until(id, ({ status }) => status === 'blocked');
    expect(block?.cause).toBe('fix_limit');
    const report = await api.report(id);
    expect(report.notProven.join('\n')).toContain(assertionOf('F-001'));
    expect((await stage.cli('wait', id, '--timeout', '10')).exitCode).toBe(11);
    expect(await stage.violations()).toEqual([]);
  });
});
