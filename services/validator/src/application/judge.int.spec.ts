import { findTool, stateDirectory } from '@missions/local';
import { ScriptedModel, scriptSchema } from '@missions/models/scripted';
import type { RunWorld } from '@missions/runs/testing';
import { assertionId, report, ValidatorStage } from './conformance/validator-stage.ts';

const works = { 'src/add.mjs': 'console.log("added");\n' };
let stage: ValidatorStage;

beforeAll(async () => {
  stage = await ValidatorStage.open({ bwrap: await findTool('bwrap'), stateDir: stateDirectory() });
}, 180_000);

afterAll(() => {
  stage.close();
});

describe('a judgement', () => {
  const question = 'Does the output say that something was added?';
  const pass = JSON.stringify({ verdict: 'pass', reason: 'It says so.', quotes: ['added'] });
  const fail = JSON.stringify({ verdict: 'fail', reason: 'Of what?', quotes: ['added'] });

  async function judgedBy(first: string, second: string): Promise<RunWorld> {
    const world = await stage.built(
      { proof: { method: 'judgement', command: 'node src/add.mjs', question } },
      works,
    );
    const usage = { input: 100, output: 10 };
    const runs = [
      { match: { task: 'review' }, turns: [{ calls: [{ tool: 'report_review', input: {} }] }] },
      { match: { task: 'judgement', role: 'user_testing' }, turns: [{ text: first, usage }] },
      { match: { task: 'judgement', question: assertionId }, turns: [{ text: second, usage }] },
      {
        match: { role: 'scrutiny' },
        turns: [{ calls: [{ tool: 'report_validation', input: { results: [] } }] }],
      },
      { match: {}, turns: [report('pass')] },
    ];
    world.model = new ScriptedModel('demo/any', scriptSchema.parse({ version: 1, runs }));
    world.price = { input: 1, output: 1 };
    await stage.hold(world);
    await stage.hold(world);
    return world;
  }

  it('passes by two judges who saw what was captured, at the cost of the run, and again at the end', async () => {
    const world = await judgedBy(pass, pass);
    expect(await world.last('AssertionJudged')).toMatchObject({
      verdict: 'pass',
      observed: 'judge 1 (demo/any): pass: It says so.\njudge 2 (demo/any): pass: It says so.',
      evidence: [{ kind: 'command', exitCode: 0 }, { kind: 'judgement' }],
    });
    await stage.hold(world);
    const { status, usage } = await world.mission();
    expect(status).toBe('completed');
    expect(usage.costUsd).toBeCloseTo(4 * 0.00011, 9);
  });

  it('is inconclusive when the judges do not agree, and no agent can raise it', async () => {
    const world = await judgedBy(pass, fail);
    expect(await world.last('AssertionJudged')).toMatchObject({
      verdict: 'inconclusive',
      observed: expect.stringContaining('The judges do not agree.') as string,
    });
  });
});
