import { openStage, type Stage } from './stage/stage.ts';
import { tale } from './stage/tale.ts';

describe('a mission through the command line, with scripted replies', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage({
      scripted: true,
      script: tale({ features: ['F-001', 'F-002'], asks: true, serves: true }),
    });
  });
  afterAll(() => stage.close());

  it('goes from a goal by way of a question and an approval to verified commits', async () => {
    const { cli } = stage;
    const repository = stage.repository('product');
    const before = repository.untouchable();
    const started = await cli('new', 'Write the files', '--repo', repository.path);
    expect(started).toMatchObject({ exitCode: 0, json: { seq: expect.any(Number) as number } });
    const id = String(started.json['missionId']);

    expect(await cli('wait', id, '--timeout', '60')).toMatchObject({
      exitCode: 11,
      json: { needsYou: 'question' },
    });
    const { json } = await cli('questions', id);
    expect(json).toMatchObject({ questions: [{ question: { id: 'Q1' }, state: 'open' }] });
    expect((await cli('answer', id, 'Q1', 'green')).exitCode).toBe(0);

    expect((await cli('wait', id, '--for', 'awaiting_approval', '--timeout', '60')).exitCode).toBe(0);
    const plan = await cli('plan', id);
    expect((await cli('approve', id, '--hash', String(plan.json['hash']))).exitCode).toBe(0);
    expect(await cli('wait', id, '--timeout', '120')).toMatchObject({
      exitCode: 0,
      json: { status: 'completed' },
    });

    const log = repository.git(
      'log',
      '--format=%(trailers:key=Feature,valueonly,separator=%x2C)',
      `main..missions/${id}`,
    );
    expect(log.split('\n')).toEqual(['F-002', 'F-001']);
    expect(repository.untouchable()).toBe(before);
    expect((await cli('audit')).exitCode).toBe(0);
    const shown = await cli('show', id);
    expect(shown.json).toMatchObject({ status: 'completed', assertions: { pass: 3, total: 3 } });
    expect(await stage.violations({ atRest: true })).toEqual([]);
  });
});
