import { readTranscript } from '@missions/agent';
import { findTool, stateDirectory } from '@missions/local';
import { proposed } from '@missions/mission/testing';
import type { PerformRun } from '@missions/runs';
import { secret, type RunWorld } from '@missions/runs/testing';
import { assertionId, planOf, report, ValidatorStage, worldOf } from './conformance/validator-stage.ts';
import { takeBaseline } from './take-baseline.ts';

let stage: ValidatorStage;

beforeAll(async () => {
  stage = await ValidatorStage.open({ bwrap: await findTool('bwrap'), stateDir: stateDirectory() });
}, 180_000);

afterAll(() => {
  stage.close();
});

afterEach(() => {
  expect(stage.leftovers()).toEqual([]);
});

const bash = (command: string) => ({ calls: [{ tool: 'bash', input: { command } }] });

async function answers(world: RunWorld): Promise<readonly string[]> {
  const { runs } = await world.mission();
  const run = Object.values(runs).find(({ task }) => task === 'validate');
  const facts = await readTranscript(await world.store.read(`run-${run?.id ?? ''}`), world.artifacts);
  return facts.flatMap((fact) =>
    fact.type === 'ToolResultsRecorded' ? fact.data.results.map(({ content }) => content) : [],
  );
}

const works = { 'src/add.mjs': 'console.log("added");\n' };
const proof = 'node src/add.mjs | grep -q added';

describe('validating a milestone', () => {
  it('counts what the engine measured at exactly that commit', async () => {
    const world = await stage.built({ proof: { command: proof } }, works);
    world.script(report('pass'));
    await stage.hold(world);
    const { head } = await world.mission();
    expect(await world.last('AssertionJudged')).toMatchObject({
      assertionId,
      verdict: 'pass',
      targetSha: head?.sha,
    });
  });

  it('lets no agent raise what the engine saw fail', async () => {
    const world = await stage.built({ proof: { command: proof } }, { 'src/add.mjs': 'process.exit(1);\n' });
    world.script(report('pass'));
    await stage.hold(world);
    expect(await world.last('AssertionJudged')).toMatchObject({ assertionId, verdict: 'fail' });
  });

  it('lets an agent lower it only by what its own calls showed', async () => {
    const world = await stage.built({ proof: { command: proof } }, works);
    world.script(
      report('fail'),
      report('fail', ['call_9_9']),
      bash('node src/add.mjs twice; exit 4'),
      report('fail', ['call_3_1']),
    );
    await stage.hold(world);
    const said = await answers(world);
    expect(said.slice(0, 2).join()).toMatch(/cite the id of a tool call.*cite the id of a tool call/s);
    expect(await world.last('AssertionJudged')).toMatchObject({
      verdict: 'fail',
      loweredFrom: 'pass',
      evidence: expect.arrayContaining([
        expect.objectContaining({ call: 'call_3_1', exitCode: 4 }),
      ]) as unknown,
    });
  });

  it('makes a finding of project tests that fail, without the secret they print', async () => {
    const [half = '', other = ''] = secret.split('-');
    const test = `test -e src/add.mjs || exit 0; printf '%s-%s\\n' ${half} ${other}; exit 3`;
    const world = await stage.built({ proof: { command: proof }, test }, works);
    world.script(report('pass'));
    await stage.hold(world);
    expect(await world.last('MilestoneReportReceived')).toMatchObject({
      checks: [
        { name: 'tests', exitCode: 3, output: '[redacted:KEY]\n' },
        { name: 'tests on the base', exitCode: 0 },
        { name: 'secret scan', exitCode: 0 },
        { name: 'review of F-001' },
      ],
      engineFindings: [
        {
          severity: 'major',
          category: 'regression',
          detail: expect.stringContaining('Exit code 3') as string,
        },
      ],
    });
    expect(await world.written()).not.toContain(secret);
  });

  it('holds nothing against the work that failed on the base already', async () => {
    const world = await stage.built(
      { proof: { command: proof }, test: "echo 'not ok 1 - old'; exit 1" },
      works,
    );
    world.script(report('pass'));
    await stage.hold(world);
    expect(await world.last('MilestoneReportReceived')).toMatchObject({
      checks: [
        { name: 'tests', exitCode: 1 },
        { name: 'tests on the base', exitCode: 1 },
        { name: 'secret scan', exitCode: 0 },
        { name: 'review of F-001' },
      ],
      findings: [],
    });
  });

  it('makes a finding of the one test that fails only now, among those that did before', async () => {
    const test = "echo 'not ok 1 - old'; test ! -e src/add.mjs || echo 'not ok 2 - mine'; exit 1";
    const world = await stage.built({ proof: { command: proof }, test }, works);
    world.script(report('pass'));
    await stage.hold(world);
    expect(await world.last('MilestoneReportReceived')).toMatchObject({
      engineFindings: [{ detail: expect.stringContaining('these did not fail: mine.') as string }],
    });
  });

  it('makes a finding of a change to what the contract protects', async () => {
    const files = { ...works, 'test/reporter.mjs': 'console.log("lying");\n' };
    const world = await stage.built({ proof: { command: proof }, protect: ['test'] }, files);
    world.script(report('pass'));
    await stage.hold(world);
    const received = await world.last('MilestoneReportReceived');
    expect(JSON.stringify((received as { engineFindings: unknown }).engineFindings)).toContain(
      'test/reporter.mjs',
    );
  });

  it('proves everything once more at the end without any model', async () => {
    const world = await stage.built({ proof: { command: proof } }, works);
    world.script(report('pass'));
    await stage.hold(world);
    const modelFor = () => Promise.reject(new Error('A model was asked for.'));
    await stage.hold(world, {}, { modelFor });
    expect(await world.last('MilestoneReportReceived')).toMatchObject({ validator: 'engine' });
    expect((await world.mission()).status).toBe('completed');
  });
});

describe('taking the baseline', () => {
  const baseline: PerformRun = (claimed) => takeBaseline(claimed, stage.surroundings);

  it('executes every proof on the untouched base, without any model', async () => {
    const world = await worldOf(proposed(stage.creation, planOf({ proof: { command: proof } })));
    await stage.hold(world, baseline, {
      modelFor: () => Promise.reject(new Error('A model was asked for.')),
    });
    expect(await world.mission()).toMatchObject({ status: 'awaiting_approval' });
    expect((await world.mission()).proposal?.assertions.map(({ id }) => id)).toEqual([assertionId]);
  });

  it('is suspended by a pause in the middle of a proof, and nothing of it stays', async () => {
    const world = await worldOf(
      proposed(stage.creation, planOf({ proof: { command: 'sleep 90 | grep -q never' } })),
    );
    const begun = performance.now();
    await stage.hold(world, async (claimed) => {
      const work = takeBaseline(claimed, stage.surroundings);
      await world.person({ type: 'PauseMission', data: {} });
      await work;
    });
    expect(performance.now() - begun).toBeLessThan(15_000);
    expect(await world.run()).toMatchObject({ task: 'baseline', status: 'suspended' });
  });
});
