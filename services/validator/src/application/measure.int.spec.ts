import { findTool, stateDirectory } from '@missions/local';
import { replied } from '@missions/mission/testing';
import type { RunWorld } from '@missions/runs/testing';
import { assertionId, planOf, report, ValidatorStage, worldOf } from './conformance/validator-stage.ts';

const works = { 'src/add.mjs': 'console.log("added");\n' };
const plan = { proof: { command: 'node src/add.mjs | grep -q added' } };
let stage: ValidatorStage;

beforeAll(async () => {
  stage = await ValidatorStage.open({ bwrap: await findTool('bwrap'), stateDir: stateDirectory() });
}, 180_000);

afterAll(() => {
  stage.close();
});

describe('measuring', () => {
  it('executes a proof twice more at the same commit when its verdict has changed', async () => {
    const broken = await stage.history(plan, { 'src/add.mjs': 'process.exit(1);\n' });
    const failed = broken.history.validated({ measured: { [assertionId]: 'fail' } });
    const mended = await stage.builtOn(failed.settled(), works);
    const world = await worldOf(mended.history, broken.bundle, mended.bundle);
    await validate(world);
    expect(await world.last('AssertionJudged')).toMatchObject({ verdict: 'pass', executions: 3 });
  });

  it('executes it once when nothing has changed', async () => {
    const world = await stage.built(plan, works);
    await validate(world);
    expect(await world.last('AssertionJudged')).not.toHaveProperty('executions');
  });

  it('tries a broken variant until the proof has noticed it, and not once more', async () => {
    const control = { description: 'It prints something else.', break: 'echo "" > src/add.mjs' };
    const world = await stage.built({ ...plan, control }, works);
    await validate(world);
    expect(await world.last('AssertionJudged')).toMatchObject({ verdict: 'pass', control: 'caught' });
    await stage.hold(world);
    expect(await world.last('AssertionJudged')).toMatchObject({ verdict: 'pass' });
    expect(await world.last('AssertionJudged')).not.toHaveProperty('control');
  });

  it('believes no proof that does not notice its broken variant', async () => {
    const control = { description: 'It prints something else.', break: 'echo "// fine" >> src/add.mjs' };
    const world = await stage.built({ ...plan, control }, works);
    await validate(world);
    expect(await world.last('AssertionJudged')).toMatchObject({
      verdict: 'inconclusive',
      doubt: 'control_missed',
    });
  });

  it('sees an amended assertion fail on the base before it may pass', async () => {
    const { history, bundle } = await stage.history(plan, works);
    const [assertion] = planOf({ proof: { command: 'node src/add.mjs | grep -qx added' } }).contract
      .assertions;
    if (!assertion) throw new Error('The plan has no assertion.');
    const amended = history
      .messaged('a')
      .done()
      .claimed()
      .delivered('a')
      .concluded(replied({ contract_delta: { assertions: [assertion] } }))
      .decided('approved');
    const world = await worldOf(amended, bundle);
    await validate(world);
    expect(await world.last('ContractAssertionBaselined')).toMatchObject({
      assertionId,
      amendment: 1,
      result: 'fails_as_expected',
    });
    expect(await world.last('AssertionJudged')).toMatchObject({ verdict: 'pass' });
  });

  it('gives what it finds to the features that changed the place', async () => {
    const world = await stage.built(
      { ...plan, protect: ['test'] },
      { ...works, 'test/reporter.mjs': 'console.log("lying");\n' },
    );
    await validate(world);
    const { engineFindings } = (await world.last('MilestoneReportReceived')) as {
      readonly engineFindings: readonly { readonly location?: string }[];
    };
    expect(engineFindings.find(({ location }) => location?.startsWith('test/reporter.mjs'))).toMatchObject({
      featureIds: ['F-001'],
    });
  });
});

describe('a user tester', () => {
  const address = 'http://127.0.0.1:8099';
  const served = {
    proof: {
      method: 'http' as const,
      command: undefined,
      expected: {},
      steps: [{ method: 'GET' as const, url: `${address}/`, expected: { status: 200, text: 'hello' } }],
    },
    services: [{ name: 'web', start: 'node web.mjs', health: `${address}/`, port: 8099 }],
  };
  const web =
    "import http from 'node:http';\nhttp.createServer((q, r) => r.end(`hello ${q.url}`)).listen(8099, '127.0.0.1');\n";

  async function tested(source: string, calls: number): Promise<RunWorld> {
    const world = await stage.built(served, { 'web.mjs': source });
    await validate(world, { results: [] });
    const asks = Array.from({ length: calls }, (_, index) => ({
      calls: [{ tool: 'http', input: { method: 'GET', url: `${address}/${String(index)}` } }],
    }));
    world.script(...asks, report('pass'));
    await world.grant();
    await stage.hold(world, { explorationTurns: 1 });
    return world;
  }

  it('finds the product running and is told so, and has turns to explore, but not for ever', async () => {
    const world = await tested(web, 9);
    expect(await world.last('AssertionJudged')).toMatchObject({ verdict: 'pass' });
    const said = await world.written();
    expect(said).toContain(`web, started by \`node web.mjs\`: it answers at ${address}/.`);
    expect(said).toContain('You have 8 turns');
    expect(said).toContain('hello /7');
    expect(said).not.toContain('hello /8');
    expect(said).toContain('the 8 turns of this run are used up');
  });

  it('is told how a product ended that does not come up, which no report can raise', async () => {
    const world = await tested('console.log("no config"); process.exit(3);\n', 1);
    expect(await world.last('AssertionJudged')).toMatchObject({ verdict: 'fail' });
    expect(await world.written()).toContain(`it ended with exit code 3 before ${address}/ answered`);
  });
});

async function validate(world: RunWorld, { results }: { readonly results?: readonly unknown[] } = {}) {
  world.script(results ? { calls: [{ tool: 'report_validation', input: { results } }] } : report('pass'));
  await stage.hold(world);
}
