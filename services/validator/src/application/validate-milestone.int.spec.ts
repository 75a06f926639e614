import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { readTranscript } from '@missions/agent';
import { MemoryArtifactStore } from '@missions/event-store/memory';
import { findTool, stateDirectory } from '@missions/local';
import { proposedSchema } from '@missions/mission';
import { approved, proposed, smallProposal, type History } from '@missions/mission/testing';
import { driveRun, type PerformRun, type RunHost } from '@missions/runs';
import { RunWorld, secret } from '@missions/runs/testing';
import { HostPlaces, type Surroundings } from '@missions/runtime';
import { PersonRepository } from '@missions/workspace/conformance';
import { GitMissionRepositories } from '@missions/workspace/git';
import {
  adoptWorkspace,
  BubblewrapProvider,
  prepareToolchain,
  sandboxUser,
  SandboxedLayers,
} from '@missions/workspace/sandbox';
import { takeBaseline } from './take-baseline.ts';
import { validateMilestone } from './validate-milestone.ts';

const assertionId = 'VAL-ADD-001';
const missionId = 'm-demo1';
const root = mkdtempSync(join(realpathSync(tmpdir()), 'missions-validate-'));
let surroundings: Surroundings;
let person: PersonRepository;
let baseSha: string;

beforeAll(async () => {
  await chmod(root, 0o711);
  person = PersonRepository.create(join(root, 'person'));
  person.write('README.md', 'start\n');
  person.write('test/reporter.mjs', 'console.log("honest");\n');
  baseSha = person.commit('Start');
  const user = sandboxUser();
  const toolchain = await prepareToolchain(stateDirectory());
  const sandbox = new BubblewrapProvider({ stateDir: root, bwrap: await findTool('bwrap'), toolchain });
  surroundings = {
    places: new HostPlaces(root),
    repositories: new GitMissionRepositories({ stateDir: root, scan: () => [] }),
    sandbox,
    layers: new SandboxedLayers({ stateDir: root, provider: sandbox, user }),
    toolchainKey: toolchain.key,
    openEgress: () => Promise.resolve(undefined),
    adopt: (directory) => adoptWorkspace(directory, user.uid),
    release: () => Promise.resolve(),
  };
}, 180_000);

afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

afterEach(() => {
  const [rooms = ''] = readdirSync(join(root, 'proofs'));
  expect(readdirSync(join(root, 'proofs', rooms, 'proofs'))).toEqual([]);
  expect(readdirSync(join(root, 'workspaces')).filter((name) => !name.startsWith('commit-'))).toEqual([]);
});

interface Plan {
  /** The proof of the one assertion. */
  readonly command: string;
  readonly test?: string;
  readonly protect?: readonly string[];
}

function creation() {
  return { missionId, repository: { url: person.path, kind: 'local', baseBranch: 'main', baseSha } } as const;
}

function planOf({ command, test, protect = [] }: Plan) {
  const { brief, contract, ...rest } = smallProposal();
  const assertions = contract.assertions.map((assertion) => ({
    ...assertion,
    proof: { ...assertion.proof, command, expected: { exitCode: 0 }, timeoutSec: 100 },
  }));
  return proposedSchema.parse({
    ...rest,
    brief: { ...brief, environment: { ...brief.environment, ...(test !== undefined && { test }) } },
    contract: { ...contract, assertions, protected: [...protect] },
  });
}

/** The milestone built by a commit with these files, and a world that stands before its validator. */
async function built(plan: Plan, files: Readonly<Record<string, string>>): Promise<RunWorld> {
  const before = approved(creation(), planOf(plan));
  const { bundle, ...captured } = await commit(files);
  const { digest } = await new MemoryArtifactStore().put(bundle, { mediaType: 'application/x-git-bundle' });
  return worldOf(before.built({ captured: { ...captured, bundle: digest } }), bundle);
}

async function worldOf(history: History, bundle?: Uint8Array): Promise<RunWorld> {
  const world = await RunWorld.after(history);
  if (bundle) await world.artifacts.put(bundle, { mediaType: 'application/x-git-bundle' });
  return world;
}

let commits = 0;

async function commit(files: Readonly<Record<string, string>>) {
  commits += 1;
  const store = await surroundings.repositories.open({ missionId, source: person.path, baseSha });
  const directory = join(root, 'workspaces', `commit-${String(commits)}`);
  await store.prepareWorktree({ runId: 'r', fromSha: baseSha, directory });
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content);
  }
  const { sha } = await store.commit({
    runId: 'r',
    directory,
    parentSha: baseSha,
    message: 'Work',
    trailers: { mission: missionId, feature: 'F-001', attempt: commits, run: 'r', fence: commits },
    authoredAt: '2026-03-01T10:00:00.000Z',
  });
  const bundle = await store.bundle({ from: baseSha, to: sha });
  return { baseSha, headSha: sha, filesChanged: Object.keys(files), bundle };
}

async function hold(
  world: RunWorld,
  perform: PerformRun = (claimed) => validateMilestone(claimed, surroundings),
  over: Partial<RunHost> = {},
): Promise<void> {
  await driveRun(world.host(over), await world.delegation(), perform, new AbortController().signal);
}

const bash = (command: string) => ({ calls: [{ tool: 'bash', input: { command } }] });

function report(verdict: string, evidence: readonly string[] = []) {
  const result = {
    assertionId,
    verdict,
    observed: 'I looked.',
    evidence,
    reproSteps: [],
  };
  return {
    calls: [{ tool: 'report_validation', input: { results: [result], findings: [], summary: 'Seen.' } }],
  };
}

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
    const world = await built({ command: proof }, works);
    world.script(report('pass'));
    await hold(world);
    const { head } = await world.mission();
    expect(await world.last('AssertionJudged')).toMatchObject({
      assertionId,
      verdict: 'pass',
      targetSha: head?.sha,
    });
  });

  it('lets no agent raise what the engine saw fail', async () => {
    const world = await built({ command: proof }, { 'src/add.mjs': 'process.exit(1);\n' });
    world.script(report('pass'));
    await hold(world);
    expect(await world.last('AssertionJudged')).toMatchObject({ assertionId, verdict: 'fail' });
  });

  it('lets an agent lower it only by what its own calls showed', async () => {
    const world = await built({ command: proof }, works);
    world.script(
      report('fail'),
      report('fail', ['call_9_9']),
      bash('node src/add.mjs twice; exit 4'),
      report('fail', ['call_3_1']),
    );
    await hold(world);
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
    const world = await built({ command: proof, test }, works);
    world.script(report('pass'));
    await hold(world);
    expect(await world.last('MilestoneReportReceived')).toMatchObject({
      checks: [
        { name: 'tests', exitCode: 3, output: '[redacted:KEY]\n' },
        { name: 'tests on the base', exitCode: 0 },
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
    const world = await built({ command: proof, test: "echo 'not ok 1 - old'; exit 1" }, works);
    world.script(report('pass'));
    await hold(world);
    expect(await world.last('MilestoneReportReceived')).toMatchObject({
      checks: [
        { name: 'tests', exitCode: 1 },
        { name: 'tests on the base', exitCode: 1 },
        { name: 'review of F-001' },
      ],
      findings: [],
    });
  });

  it('makes a finding of the one test that fails only now, among those that did before', async () => {
    const test = "echo 'not ok 1 - old'; test ! -e src/add.mjs || echo 'not ok 2 - mine'; exit 1";
    const world = await built({ command: proof, test }, works);
    world.script(report('pass'));
    await hold(world);
    expect(await world.last('MilestoneReportReceived')).toMatchObject({
      engineFindings: [{ detail: expect.stringContaining('these did not fail: mine.') as string }],
    });
  });

  it('makes a finding of a change to what the contract protects', async () => {
    const files = { ...works, 'test/reporter.mjs': 'console.log("lying");\n' };
    const world = await built({ command: proof, protect: ['test'] }, files);
    world.script(report('pass'));
    await hold(world);
    const received = await world.last('MilestoneReportReceived');
    expect(JSON.stringify((received as { engineFindings: unknown }).engineFindings)).toContain(
      'test/reporter.mjs',
    );
  });

  it('proves everything once more at the end without any model', async () => {
    const world = await built({ command: proof }, works);
    world.script(report('pass'));
    await hold(world);
    const modelFor = () => Promise.reject(new Error('A model was asked for.'));
    await hold(world, undefined, { modelFor });
    expect(await world.last('MilestoneReportReceived')).toMatchObject({ validator: 'engine' });
    expect((await world.mission()).status).toBe('completed');
  });
});

describe('taking the baseline', () => {
  const baseline: PerformRun = (claimed) => takeBaseline(claimed, surroundings);

  it('executes every proof on the untouched base, without any model', async () => {
    const world = await worldOf(proposed(creation(), planOf({ command: proof })));
    await hold(world, baseline, { modelFor: () => Promise.reject(new Error('A model was asked for.')) });
    expect(await world.mission()).toMatchObject({ status: 'awaiting_approval' });
    expect((await world.mission()).proposal?.assertions.map(({ id }) => id)).toEqual([assertionId]);
  });

  it('is suspended by a pause in the middle of a proof, and nothing of it stays', async () => {
    const world = await worldOf(proposed(creation(), planOf({ command: 'sleep 90 | grep -q never' })));
    const begun = performance.now();
    await hold(world, async (claimed) => {
      const work = takeBaseline(claimed, surroundings);
      await world.person({ type: 'PauseMission', data: {} });
      await work;
    });
    expect(performance.now() - begun).toBeLessThan(15_000);
    expect(await world.run()).toMatchObject({ task: 'baseline', status: 'suspended' });
  });
});
