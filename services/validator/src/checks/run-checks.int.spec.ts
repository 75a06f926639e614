import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { findTool, stateDirectory } from '@missions/local';
import { assertionSchema } from '@missions/mission';
import { PersonRepository } from '@missions/workspace/conformance';
import { GitMissionRepositories } from '@missions/workspace/git';
import { proofStage, stageSecret, type ProofStage } from '../proof/conformance/proof-stage.ts';
import type { ProofSite } from '../proof/proof-site.ts';
import { runChecks, type ChecksRequest } from './run-checks.ts';

let stage: ProofStage;
beforeAll(async () => {
  stage = await proofStage(await findTool('bwrap'), stateDirectory());
}, 180_000);
afterAll(() => stage.end());

type Files = Readonly<Record<string, string | undefined>>;

const manifest = (test: string) => JSON.stringify({ name: 'sum', type: 'module', scripts: { test } });
const tests =
  "import test from 'node:test';\nimport assert from 'node:assert';\nimport { add } from '../src/sum.mjs';\ntest('adds', () => {\n  assert.equal(add(1, 2), 3);\n});\ntest('adds nothing', () => {\n  assert.equal(add(7, 0), 7);\n});\n";
const base: Files = {
  'package.json': manifest('node --test'),
  'src/sum.mjs': 'export const add = (a, b) => a + b;\n',
  'test/sum.test.mjs': tests,
  'lint.sh': '! grep -rn "var " src\n',
};

let made = 0;
/** The base, and one commit over it that has the files; undefined deletes. */
async function siteOf(files: Files): Promise<ProofSite> {
  const person = PersonRepository.create(join(stage.parts.stateDir, `checked-${String((made += 1))}`));
  const write = (all: Files) => {
    for (const [path, text] of Object.entries(all))
      if (text === undefined) rmSync(join(person.path, path));
      else person.write(path, text);
  };
  write(base);
  const baseSha = person.commit('Start');
  write(files);
  const sha = person.commit('Work');
  const repositories = new GitMissionRepositories({
    stateDir: join(stage.parts.stateDir, 'state'),
    scan: () => [],
  });
  const repository = await repositories.open({
    missionId: `m-checked-${String(made)}`,
    source: person.path,
    baseSha: sha,
  });
  return {
    repository,
    sha,
    baseSha,
    contractProtected: [],
    services: [],
    signal: AbortSignal.timeout(120_000),
  };
}

const contract = assertionSchema.parse({
  id: 'VAL-SUM-001',
  statement: 'It adds.',
  proof: { method: 'command', command: 'true' },
});

async function checked(files: Files, request: Partial<ChecksRequest> = {}) {
  const { checks, findings } = await runChecks(stage.parts, await siteOf(files), {
    environment: { test: 'npm test', lint: 'sh lint.sh' },
    assertions: [contract],
    baseLayer: () => Promise.resolve(undefined),
    ...request,
  });
  return {
    checks: checks.map(({ name, exitCode }) => `${name} ${String(exitCode)}`),
    findings: findings.map(({ severity, category, title }) => `${severity} ${category}: ${title}`),
  };
}

describe('the project’s own checks', () => {
  it('have nothing against work that is sound', async () => {
    const files = {
      'src/sum.mjs': `${String(base['src/sum.mjs'])}export const twice = (a) => add(a, a);\n`,
      'test/twice.test.mjs': tests.replace(
        /test\('adds'[^]*/,
        "test('doubles', () => {\n  assert.equal(add(2, 2), 4);\n});\n",
      ),
    };
    expect(await checked(files)).toEqual({
      checks: ['tests 0', 'tests on the base 0', 'lint 0', 'secret scan 0'],
      findings: [],
    });
  });

  it('hold against it what went well on the base', async () => {
    expect(await checked({ 'src/sum.mjs': 'var add = (a, b) => a - b;\nexport { add };\n' })).toEqual({
      checks: ['tests 1', 'tests on the base 0', 'lint 1', 'lint on the base 0', 'secret scan 0'],
      findings: [
        'major regression: The project’s own tests fail: `npm test`',
        'major defect: The project’s lint fails: `sh lint.sh`',
      ],
    });
  });

  it('see a product that ends its tests when it is loaded', async () => {
    const { findings } = await checked({ 'src/sum.mjs': 'export const add = () => 0;\nprocess.exit(0);\n' });
    expect(findings).toEqual(['major test_quality: Fewer tests run than before: `npm test`']);
  });

  it('see a test that was changed until it passes, by the base’s own tests over the new code', async () => {
    const files = {
      'src/sum.mjs': 'export const add = (a, b) => a + b + 1;\n',
      'test/sum.test.mjs': tests.replace(', 3)', ', 4)').replace(', 7)', ', 8)'),
      'package.json': manifest('node --test test/*.test.mjs'),
    };
    const { checks, findings } = await checked(files);
    expect(checks).toContain('tests of the base 1');
    expect(findings).toEqual([
      'major regression: The test "adds" was changed to expect what the product does now: `npm test`',
      'major regression: The test "adds nothing" was changed to expect what the product does now: `npm test`',
    ]);
    const asked = assertionSchema.parse({
      ...contract,
      statement: 'It adds, and counts itself: 1 and 2 are 4, 7 and 0 are 8.',
    });
    expect((await checked(files, { assertions: [asked] })).findings).toEqual([]);
  });

  it('leave alone tests that moved or were written anew for the same', async () => {
    const files = {
      'src/sum.mjs': undefined,
      'src/math/sum.mjs': 'export const add = (a, b) => a + b;\n',
      'test/sum.test.mjs': undefined,
      'test/math/sum.test.mjs': tests.replace('../src/', '../../src/math/'),
    };
    expect((await checked(files)).findings).toEqual([]);
  });

  it('redact what commands say, and look for secrets in all that changed', async () => {
    const site = await siteOf({ 'lint.sh': `echo ${stageSecret}; exit 1\n` });
    const { checks } = await runChecks(stage.parts, site, {
      environment: { lint: 'sh lint.sh' },
      assertions: [],
      baseLayer: () => Promise.resolve(undefined),
    });
    expect(checks[0]).toMatchObject({ name: 'lint', output: '[redacted:api-key]\n' });
    expect(checks.at(-1)).toMatchObject({ name: 'secret scan', exitCode: 1, output: 'lint.sh:1 api-key' });
  });
});
