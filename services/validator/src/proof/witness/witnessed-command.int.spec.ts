import { findTool, stateDirectory } from '@missions/local';
import { proofStage, stageAssertion, type ProofStage } from '../conformance/proof-stage.ts';

let stage: ProofStage;
beforeAll(async () => {
  stage = await proofStage(await findTool('bwrap'), stateDirectory());
}, 180_000);
afterAll(() => stage.end());

const product = (text: string) => stage.site({ 'src/sum.mjs': text });
const wrong = 'export const add = (a, b) => 0;\n';

const scripts = {
  'a plain script': [
    'node "$CONTRACT_DIR/VAL-A-001/check.mjs"',
    'check.mjs',
    "import assert from 'node:assert/strict';\nimport { add } from '/workspace/src/sum.mjs';\nassert.equal(add(1, 2), 3);\n",
  ],
  'a script that goes on later': [
    'node "$CONTRACT_DIR/VAL-A-001/check.mjs"',
    'check.mjs',
    "import assert from 'node:assert';\nasync function main() {\n  const { add } = await import('/workspace/src/sum.mjs');\n  await new Promise((resolve) => setTimeout(resolve, 5));\n  assert.strictEqual(add(1, 2), 3);\n}\nmain();\n",
  ],
  'tests with a runner': [
    'node --test "$CONTRACT_DIR/VAL-A-001/sum.test.mjs"',
    'sum.test.mjs',
    "import assert from 'node:assert';\nimport test from 'node:test';\nimport { add } from '/workspace/src/sum.mjs';\ntest('adds', () => {\n  assert.equal(add(1, 2), 3);\n});\n",
  ],
  'tests without one': [
    'node "$CONTRACT_DIR/VAL-A-001/sum.test.mjs"',
    'sum.test.mjs',
    "const assert = require('node:assert');\nconst test = require('node:test');\ntest('adds', async () => {\n  const { add } = await import('/workspace/src/sum.mjs');\n  assert.equal(add(1, 2), 3);\n});\n",
  ],
} as const;

function proofBy(name: keyof typeof scripts) {
  const [command, path, content] = scripts[name];
  const place = content.includes('require(') ? path.replace('.mjs', '.cjs') : path;
  return stageAssertion({
    method: 'command',
    command: command.replace(path, place),
    files: [{ path: place, content }],
  });
}

const attacks: Readonly<Record<string, string>> = {
  'ends the process when it is loaded': `${wrong}process.exit(0);\n`,
  'ends the process when it is called': 'export const add = () => process.exit(0);\n',
  'ends the process by the way around its hooks': 'export const add = () => process.reallyExit(0);\n',
  'swallows what nobody caught': `${wrong}process.on('uncaughtException', () => {});\nprocess.on('unhandledRejection', () => {});\n`,
  'sets the exit code at the end': `${wrong}process.on('exit', () => { process.exitCode = 0; });\n`,
  'replaces what insists': `import assert from 'node:assert';\n${wrong}try {\n  assert.equal = assert.strictEqual = assert.strict.equal = () => {};\n} catch {}\n`,
};

describe('a script of the contract that shares its process with the product', () => {
  it.each(Object.keys(scripts) as (keyof typeof scripts)[])(
    'passes a product that is right, as %s',
    async (name) => {
      const record = await stage.engine.prove(
        proofBy(name),
        await product('export const add = (a, b) => a + b;\n'),
      );
      expect(record).toMatchObject({ verdict: 'pass', expected: 'exit code 0' });
    },
  );

  it.each(
    (Object.keys(scripts) as (keyof typeof scripts)[]).flatMap((name) =>
      Object.keys(attacks).map((attack) => [name, attack] as const),
    ),
  )('is not taken in, as %s, by a product that %s', async (name, attack) => {
    const record = await stage.engine.prove(proofBy(name), await product(attacks[attack] ?? ''));
    expect(record.verdict).toBe('fail');
  });

  it('says who ended it', async () => {
    const record = await stage.engine.prove(
      proofBy('a plain script'),
      await product(attacks['ends the process when it is loaded'] ?? ''),
    );
    expect(record).toMatchObject({
      observed: 'the product ended the proof’s own process, from /workspace/src/sum.mjs; exit code 0',
      expected: 'exit code 0; every script of the contract comes to its own end',
    });
  });

  it('may end itself, and start programs that end as they like', async () => {
    const content =
      "import { execFileSync } from 'node:child_process';\nimport assert from 'node:assert';\nassert.equal(execFileSync(process.execPath, ['src/cli.mjs'], { encoding: 'utf8' }), '3\\n');\nprocess.exit(0);\n";
    const proof = stageAssertion({
      method: 'command',
      command: 'node "$CONTRACT_DIR/VAL-A-001/check.mjs"',
      files: [{ path: 'check.mjs', content }],
    });
    const record = await stage.engine.prove(
      proof,
      await stage.site({ 'src/cli.mjs': 'console.log(1 + 2);\nprocess.exit(0);\n' }),
    );
    expect(record).toMatchObject({ verdict: 'pass' });
  });

  it('leaves output that is expected to decide where the product’s own program is loaded', async () => {
    const content = "process.argv.push('1', '2');\nawait import('/workspace/src/cli.mjs');\n";
    const proof = stageAssertion({
      method: 'command',
      command: 'node "$CONTRACT_DIR/VAL-A-001/check.mjs"',
      files: [{ path: 'check.mjs', content }],
      expected: { stdout: '3' },
    });
    const record = await stage.engine.prove(
      proof,
      await stage.site({
        'src/cli.mjs': 'console.log(Number(process.argv[2]) + Number(process.argv[3]));\nprocess.exit(0);\n',
      }),
    );
    expect(record.verdict).toBe('pass');
  });
});
