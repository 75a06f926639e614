import { diffFindings } from './diff-findings.ts';
import { changeOf, type Texts } from './testing/change-of.ts';

const found = (files: Readonly<Record<string, Texts>>) =>
  diffFindings(changeOf(files), { assertions: [], touches: [], finds: () => [] }).map(
    ({ severity, title, location }) => `${severity} ${title} @ ${String(location)}`,
  );

const head =
  "import test from 'node:test';\nimport assert from 'node:assert/strict';\nimport { add, total } from '../src/sum.mjs';\n";
const addTest = "test('adds', () => {\n  assert.equal(add(1, 2), 3);\n  assert.equal(add(-4, 4), 0);\n});\n";
const totalTest =
  "test('sums a list', () => {\n  assert.deepEqual(total([5, 6]), 11);\n  assert.throws(() => total(undefined), TypeError);\n});\n";
const base = `${head}${addTest}${totalTest}`;
const jest =
  "import { add } from './sum';\ndescribe('add', () => {\n  it('adds', () => {\n    expect(add(1, 2)).toBe(3);\n  });\n  it('takes negatives', async () => {\n    await expect(add(-4, 4)).resolves.toEqual(0);\n  });\n});\n";
const py =
  'def test_add():\n    assert add(1, 2) == 3\n\ndef test_total():\n    assert total([5, 6]) == 11\n';

describe('tests that a change takes away, switches off or weakens', () => {
  it.each<[string, string, string | undefined, string | undefined]>([
    ['a deleted test', 'test/sum.test.mjs', base, `${head}${addTest}`],
    [
      'a deleted test beside new ones',
      'test/sum.test.mjs',
      base,
      `${head}${addTest}test('multiplies', () => { assert.equal(times(2, 3), 6); });\n`,
    ],
    ['a deleted file', 'test/sum.test.mjs', base, undefined],
    [
      'a deleted file of plain assertions',
      'test/check.mjs',
      "import assert from 'assert';\nassert.equal(add(7, 8), 15);\n",
      undefined,
    ],
    [
      'a test that is commented out',
      'test/sum.test.mjs',
      base,
      `${head}${addTest}${totalTest.replaceAll(/^/gm, '// ')}`,
    ],
    ['a deleted test in Python', 'tests/test_sum.py', py, 'def test_add():\n    assert add(1, 2) == 3\n'],
    ['a skipped test', 'test/sum.test.mjs', base, base.replace("test('adds'", "test.skip('adds'")],
    [
      'a skipping option',
      'test/sum.test.mjs',
      base,
      base.replace("'adds', () =>", "'adds', { skip: true }, () =>"),
    ],
    ['a skipped suite', 'src/sum.test.ts', jest, jest.replace('describe(', 'describe.skip(')],
    ['an x before it', 'src/sum.test.ts', jest, jest.replace("it('adds'", "xit('adds'")],
    ['a todo', 'test/sum.test.mjs', base, base.replace("test('adds'", "test.todo('adds'")],
    ['an only', 'src/sum.test.ts', jest, jest.replace("it('adds'", "it.only('adds'")],
    [
      'a skip from inside',
      'test/sum.test.mjs',
      base,
      base.replace("'adds', () => {", "'adds', (t) => {\n  t.skip();"),
    ],
    [
      'a return on a build machine',
      'test/sum.test.mjs',
      base,
      base.replace("'adds', () => {", "'adds', () => {\n  if (process.env.CI) return;"),
    ],
    ['a skipped test in Python', 'tests/test_sum.py', py, `@pytest.mark.skip(reason="flaky")\n${py}`],
    [
      'a skipped test in Go',
      'sum_test.go',
      'func TestAdd(t *testing.T) {\n\tif add(1, 2) != 3 { t.Fatal("wrong") }\n}\n',
      'func TestAdd(t *testing.T) {\n\tt.Skip("later")\n\tif add(1, 2) != 3 { t.Fatal("wrong") }\n}\n',
    ],
    [
      'an ignored test in Rust',
      'tests/sum.rs',
      '#[test]\nfn adds() {\n  assert_eq!(add(1, 2), 3);\n}\n',
      '#[test]\n#[ignore]\nfn adds() {\n  assert_eq!(add(1, 2), 3);\n}\n',
    ],
    ['an assertion less', 'test/sum.test.mjs', base, base.replace('  assert.equal(add(-4, 4), 0);\n', '')],
    [
      'a looser assertion',
      'test/sum.test.mjs',
      base,
      base.replace('assert.equal(add(1, 2), 3)', 'assert.ok(add(1, 2))'),
    ],
    ['a looser matcher', 'src/sum.test.ts', jest, jest.replace('.toBe(3)', '.toBeDefined()')],
    [
      'a constant assertion',
      'test/sum.test.mjs',
      base,
      base.replace('assert.equal(add(1, 2), 3)', 'assert.ok(true)'),
    ],
    [
      'an expectation of nothing',
      'src/sum.test.ts',
      jest,
      jest.replace('expect(add(1, 2)).toBe(3)', 'expect(true).toBe(true)'),
    ],
    [
      'a swallowed failure',
      'test/sum.test.mjs',
      base,
      base.replace('  assert.equal(add(1, 2), 3);', '  try { assert.equal(add(1, 2), 3); } catch {}'),
    ],
    [
      'a commented out assertion',
      'test/sum.test.mjs',
      base,
      base.replace('  assert.equal(add(1, 2), 3);', '  // assert.equal(add(1, 2), 3);'),
    ],
    [
      'a constant assertion in Python',
      'tests/test_sum.py',
      py,
      py.replace('assert add(1, 2) == 3', 'assert True'),
    ],
    [
      'a new test that says nothing',
      'test/new.test.mjs',
      undefined,
      `${head}test('works', () => {\n  assert.ok(true);\n});\n`,
    ],
    ['a new empty test', 'src/new.test.ts', undefined, "it('works', () => {});\n"],
    [
      'a new test that catches its failure',
      'test/new.test.mjs',
      undefined,
      `${head}test('works', () => {\n  try {\n    assert.equal(add(1, 1), 2);\n  } catch (error) {\n    console.log(error);\n  }\n});\n`,
    ],
  ])('finds %s', (_what, path, before, after) => {
    expect(found({ [path]: [before, after] }).length).toBeGreaterThan(0);
  });

  it('finds an assertion that is gone, although another file says the same of something else', () => {
    const page =
      "import test from 'node:test';\nimport assert from 'node:assert';\ntest('serves', async () => {\n  const answer = await get('/');\n  assert.equal(answer.status, 200);\n  assert.match(answer.body, /board/);\n});\n";
    const files = {
      'test/page.test.mjs': [page, page.replace('  assert.equal(answer.status, 200);\n', '')],
      'test/api.test.mjs': [undefined, page.replaceAll("'/'", "'/cards'").replace("'serves'", "'lists'")],
    } as const;
    expect(found(files)).toEqual(['major A test insists on less than before: serves @ test/page.test.mjs:3']);
  });

  const runner =
    "const { readdirSync } = require('node:fs');\nlet failed = 0;\nfor (const name of readdirSync(__dirname)) {\n  try {\n    require(`./${name}`);\n    console.log(`ok ${name}`);\n  } catch (error) {\n    failed += 1;\n    console.error(error);\n  }\n}\nprocess.exitCode = failed > 0 ? 1 : 0;\n";

  it.each([
    ['loads nothing', runner.replace('    require(`./${name}`);\n', '')],
    ['forgets what fails', runner.replace('    failed += 1;\n    console.error(error);\n', '    // next\n')],
    ['only prints what fails', runner.replace('    failed += 1;\n', '')],
  ])('finds a runner of the project that %s', (_what, after) => {
    expect(found({ 'test/run.js': [runner, after] })).toEqual([
      expect.stringMatching(/^blocker The project’s own test runner .* @ test\/run\.js:\d+$/),
    ]);
  });

  it('lets a runner load its files otherwise', () => {
    const after = runner
      .replace('for (const', '(async () => {\nfor (const')
      .replace('require(`./', 'await import(`./')
      .replace(/\n$/, '\n})();\n');
    expect(found({ 'test/run.js': [runner, after] })).toEqual([]);
  });

  it('says which, how bad and where', () => {
    expect(found({ 'test/sum.test.mjs': [base, `${head}${addTest}`] })).toEqual([
      'blocker A test was deleted: sums a list @ test/sum.test.mjs:8',
    ]);
    expect(
      found({ 'test/sum.test.mjs': [base, base.replace('  assert.equal(add(-4, 4), 0);\n', '')] }),
    ).toEqual(['major A test insists on less than before: adds @ test/sum.test.mjs:4']);
  });

  it.each<[string, Readonly<Record<string, Texts>>]>([
    [
      'new tests',
      {
        'test/sum.test.mjs': [base, `${base}test('multiplies', () => { assert.equal(times(2, 3), 6); });\n`],
      },
    ],
    [
      'a renamed test',
      { 'test/sum.test.mjs': [base, base.replace("'adds'", "'gives the sum of two numbers'")] },
    ],
    [
      'a moved file',
      { 'test/sum.test.mjs → test/unit/sum.test.mjs': [base, base.replace('../src', '../../src')] },
    ],
    [
      'a file that was split',
      {
        'test/sum.test.mjs': [base, `${head}${addTest}`],
        'test/total.test.mjs': [undefined, `${head}${totalTest}`],
      },
    ],
    [
      'a test made a table',
      {
        'test/sum.test.mjs': [
          base,
          `${head}for (const [a, b, sum] of [[1, 2, 3], [-4, 4, 0]])\n  test(\`\${a} and \${b}\`, () => {\n    assert.equal(add(a, b), sum);\n  });\n${totalTest}`,
        ],
      },
    ],
    [
      'another library',
      {
        'src/sum.test.ts': [
          jest,
          jest
            .replace('expect(add(1, 2)).toBe(3)', 'assert.strictEqual(add(1, 2), 3)')
            .replace('await expect(add(-4, 4)).resolves.toEqual(0)', 'assert.deepEqual(await add(-4, 4), 0)'),
        ],
      },
    ],
    [
      'tests merged into one',
      {
        'test/sum.test.mjs': [
          base,
          `${head}test('sums', () => {\n  assert.equal(add(1, 2), 3);\n  assert.equal(add(-4, 4), 0);\n  assert.deepEqual(total([5, 6]), 11);\n  assert.throws(() => total(undefined), TypeError);\n});\n`,
        ],
      },
    ],
    [
      'an assertion through a helper',
      {
        'test/sum.test.mjs': [
          base,
          base.replace(
            '  assert.equal(add(1, 2), 3);\n  assert.equal(add(-4, 4), 0);',
            '  sumIs(1, 2, 3);\n  sumIs(-4, 4, 0);',
          ) + 'function sumIs(a, b, sum) {\n  assert.equal(add(a, b), sum);\n}\n',
        ],
      },
    ],
    ['a stricter assertion', { 'src/sum.test.ts': [jest.replace('.toBe(3)', '.toBeTruthy()'), jest] }],
    ['another expected value', { 'test/sum.test.mjs': [base, base.replace('3)', '4)')] }],
    [
      'a test deleted with what it tested',
      {
        'test/old.test.mjs': [
          "import test from 'node:test';\nimport { old } from '../src/old.mjs';\ntest('old', () => { assert.equal(old(), 1); });\n",
          undefined,
        ],
        'src/old.mjs': ['export const old = () => 1;\n', undefined],
      },
    ],
    [
      'a test that was skipped before',
      {
        'test/sum.test.mjs': [
          base.replace("test('adds'", "test.skip('adds'"),
          `${base.replace("test('adds'", "test.skip('adds'")}\n`,
        ],
      },
    ],
    [
      'a condition of the machine',
      {
        'test/new.test.mjs': [
          undefined,
          `${head}test('links', { skip: process.platform === 'win32' }, () => { assert.equal(add(1, 2), 3); });\n`,
        ],
      },
    ],
    [
      'a test that waits for a refusal',
      {
        'test/new.test.mjs': [
          undefined,
          `${head}test('refuses', () => {\n  try {\n    add('x');\n    assert.fail('no refusal');\n  } catch (error) {\n    assert.match(error.message, /number/);\n  }\n});\n`,
        ],
      },
    ],
    [
      'plain assertions',
      {
        'test/run.mjs': [
          undefined,
          "import assert from 'node:assert';\nassert.equal(add(1, 2), 3);\nconsole.log('all good');\n",
        ],
      },
    ],
    ['formatting', { 'src/sum.test.ts': [jest, jest.replaceAll("'", '"').replaceAll('    ', '\t')] }],
    ['a fixture', { 'test/fixtures/bad.test.mjs': [base, undefined] }],
  ])('has nothing against %s', (_what, files) => {
    expect(found(files)).toEqual([]);
  });
});
