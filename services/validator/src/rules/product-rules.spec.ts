import { assertionSchema } from '@missions/mission';
import { diffFindings } from './diff-findings.ts';
import { changeOf, type Texts } from './testing/change-of.ts';

const assertion = assertionSchema.parse({
  id: 'VAL-WORDS-001',
  statement: 'It counts words.',
  proof: {
    method: 'command',
    command: 'node src/cli.mjs count "the quick brown fox" && node "$CONTRACT_DIR/VAL-WORDS-001/check.mjs"',
    files: [
      {
        path: 'check.mjs',
        content:
          "import assert from 'node:assert';\nimport { fib, count } from '/workspace/src/words.mjs';\nassert.equal(count('Ada and Bob'), 3);\nassert.equal(fib(10), 55);\nassert.equal(fib(0), 0);\n",
      },
    ],
    expected: { stdout: '4 words' },
  },
});

const found = (files: Readonly<Record<string, Texts>>) =>
  diffFindings(changeOf(files), {
    assertions: [assertion],
    touches: ['path:/lint.config.mjs', 'jest.config.mjs'],
    finds: (text) =>
      text
        .split('\n')
        .flatMap((line, index) => (line.includes('ghp_') ? [{ line: index + 1, name: 'github-token' }] : [])),
  }).map(
    ({ severity, category, title, location }) => `${severity} ${category}: ${title} @ ${String(location)}`,
  );

const added = (path: string, text: string) => found({ [path]: [undefined, text] });

describe('stubs and answers by heart', () => {
  it.each<[string, string, string]>([
    [
      'an error that says so',
      'src/a.mjs',
      "export function save(task) {\n  throw new Error('Not implemented');\n}\n",
    ],
    [
      'one in a class',
      'src/a.ts',
      'export class Store {\n  save(task: string): void {\n    throw new Error(`save is not implemented yet: ${task}`);\n  }\n}\n',
    ],
    ['a constant', 'src/a.mjs', 'export function total(items) {\n  return 0;\n}\n'],
    ['an arrow to a constant', 'src/a.ts', 'export const isValid = (mail: string): boolean => true;\n'],
    ['an empty function', 'src/a.cjs', 'function save(task) {}\nmodule.exports = { save };\n'],
    ['one exported by another name', 'src/a.mjs', 'function save(task) {}\nexport { save as keep };\n'],
    ['one exported in an assignment', 'src/a.cjs', 'function save(task) {}\nexports.save = save;\n'],
    [
      'a promise in a comment',
      'src/a.mjs',
      'export class Store {\n  list() {\n    // TODO: read the file\n    return [];\n  }\n}\n',
    ],
    [
      'an answer by 501',
      'src/a.mjs',
      'export const route = (request, response) => {\n  response.writeHead(501);\n  response.end(request.url);\n};\n',
    ],
    ['Python', 'src/a.py', 'def save(task):\n    raise NotImplementedError\n'],
    ['Python that passes', 'src/a.py', 'def save(task):\n    pass\n'],
    ['Rust', 'src/a.rs', 'fn save(task: &str) {\n    todo!()\n}\n'],
    ['Go', 'a.go', 'func Save(task string) {\n\tpanic("not implemented")\n}\n'],
    [
      'a sentence of a proof',
      'src/a.mjs',
      "export function count(text) {\n  if (text === 'the quick brown fox') return 4;\n  return text.length;\n}\n",
    ],
    [
      'one printed',
      'src/a.mjs',
      "const text = process.argv[3];\nif (text === 'the quick brown fox') {\n  console.log('4 words');\n} else console.log(text.length);\n",
    ],
    [
      'one of a choice',
      'src/a.mjs',
      "export const count = (text) => (text.trim() === 'Ada and Bob' ? 3 : 1 + text.length);\n",
    ],
    [
      'one of a case',
      'src/a.mjs',
      "export function count(text) {\n  switch (text) {\n    case 'Ada and Bob':\n      return 3;\n    default:\n      return text.length;\n  }\n}\n",
    ],
    [
      'a number of a proof',
      'src/a.mjs',
      'export function fib(n) {\n  if (n === 10) return 55;\n  return n;\n}\n',
    ],
    [
      'a table',
      'src/a.mjs',
      "const known = { 'the quick brown fox': 4, 'Ada and Bob': 3 };\nexport const count = (text) => known[text] ?? 1;\n",
    ],
    [
      'a map',
      'src/a.mjs',
      "const known = new Map([['the quick brown fox', 4]]);\nexport const count = (text) => known.get(text) ?? 1;\n",
    ],
  ])('finds %s', (_what, path, text) => {
    expect(added(path, text)).toEqual([expect.stringMatching(/^major stub: /)]);
  });

  it.each<[string, string, string]>([
    [
      'an abstract method',
      'src/a.mjs',
      "class Shape {\n  area() {\n    throw new Error('not implemented');\n  }\n}\nclass Square extends Shape {\n  area() {\n    return this.side ** 2;\n  }\n}\nexport { Square };\n",
    ],
    [
      'one whose export is only spoken of',
      'src/a.mjs',
      '// export { save };\nfunction save(task) {}\nsave(1);\n',
    ],
    [
      'a callback that does nothing',
      'src/a.mjs',
      'export function run(work, { onLine = (line) => {} } = {}) {\n  work(onLine, () => {});\n}\n',
    ],
    [
      'an empty function that says why',
      'src/a.mjs',
      'export function close(handle) {\n  // The process ends right after, which closes it.\n}\n',
    ],
    [
      'a null object',
      'src/a.mjs',
      'export const noop = (x) => undefined;\nexport class NullLog {\n  write(line) {}\n}\n',
    ],
    [
      'a constant that needs no input',
      'src/a.mjs',
      "export const version = () => '1.2.0';\nexport const limits = () => ({ max: 10 });\n",
    ],
    [
      'a todo list',
      'src/todo.mjs',
      '// Prints the TODO list of the user.\nexport function title(todo) {\n  return `TODO: ${todo.title}`;\n}\n',
    ],
    [
      'a thought for later',
      'src/a.mjs',
      'export function sum(list) {\n  // TODO: a faster way for long lists\n  return list.reduce((a, b) => a + b, 0);\n}\n',
    ],
    [
      'commands',
      'src/cli.mjs',
      "export function run(command, text) {\n  if (command === 'count') return text.split(' ').length;\n  if (command === '--help') return 'Usage: words count TEXT';\n  switch (command) {\n    case 'version':\n      return '1.0.0';\n    default:\n      return 'unknown command';\n  }\n}\n",
    ],
    [
      'the small cases',
      'src/a.mjs',
      'export function fib(n) {\n  if (n === 0) return 0;\n  if (n === 1) return 1;\n  return fib(n - 1) + fib(n - 2);\n}\n',
    ],
    [
      'routes',
      'src/a.mjs',
      "export function answer(url) {\n  if (url === '/health') return 'ok';\n  if (url === '/') return { status: 200 };\n  return undefined;\n}\n",
    ],
    ['documents', 'docs/todo.md', '# TODO\n\nNot implemented: colours.\n'],
  ])('has nothing against %s', (_what, path, text) => {
    expect(added(path, text)).toEqual([]);
  });
});

describe('configuration, scripts, secrets and leftovers', () => {
  const manifest = (scripts: object) => `${JSON.stringify({ name: 'words', scripts }, undefined, 2)}\n`;

  it.each<[string, string, string | undefined, string | undefined]>([
    ['a test script of true', 'package.json', manifest({ test: 'node --test' }), manifest({ test: 'true' })],
    [
      'a test script that succeeds',
      'package.json',
      manifest({ test: 'node --test' }),
      manifest({ test: 'node --test || true' }),
    ],
    ['a new test script of nothing', 'package.json', undefined, manifest({ test: 'exit 0' })],
    [
      'a test script that prints several things',
      'package.json',
      manifest({ test: 'node --test' }),
      manifest({ test: "echo '# tests 12; all' && echo '# pass 12'" }),
    ],
    [
      'a test script that prints',
      'package.json',
      manifest({ test: 'node --test' }),
      manifest({ test: "echo '# pass 5'" }),
    ],
    [
      'no tests needed',
      'package.json',
      manifest({ test: 'jest' }),
      manifest({ test: 'jest --passWithNoTests' }),
    ],
    ['a test script that is gone', 'package.json', manifest({ test: 'jest' }), manifest({})],
    [
      'a linter that never fails',
      'package.json',
      manifest({ lint: 'eslint .' }),
      manifest({ lint: 'eslint . ; exit 0' }),
    ],
    [
      'a reporter of its own',
      'package.json',
      manifest({ test: 'node --test' }),
      manifest({ test: 'node --test --test-reporter=./test/reporter.mjs' }),
    ],
    ['a looser compiler', 'tsconfig.json', '{\n  "strict": true\n}\n', '{\n  "strict": false\n}\n'],
    [
      'a rule turned off',
      'eslint.config.mjs',
      'export default [\n  { rules: {} },\n];\n',
      "export default [\n  { rules: {\n    'no-undef': 'off',\n  } },\n];\n",
    ],
    [
      'tests that are not run',
      'vitest.config.ts',
      'export default {\n};\n',
      "export default {\n  exclude: ['test/sum.test.ts'],\n};\n",
    ],
    ['a lower threshold', '.nycrc.json', '{\n  "lines": 90\n}\n', '{\n  "lines": 10\n}\n'],
    [
      'a pipeline that goes on',
      '.github/workflows/ci.yml',
      'steps:\n  - run: npm test\n',
      'steps:\n  - run: npm test || true\n',
    ],
    [
      'a pipeline without tests',
      '.github/workflows/ci.yml',
      'steps:\n  - run: npm ci\n  - run: npm test\n',
      'steps:\n  - run: npm ci\n',
    ],
    ['a pipeline that is gone', '.github/workflows/ci.yml', 'steps:\n  - run: npm test\n', undefined],
    ['a Makefile that goes on', 'Makefile', 'test:\n\tpytest\n', 'test:\n\tpytest || true\n'],
    ['a token', 'src/a.mjs', undefined, `export const token = 'ghp_${'a1B2'.repeat(9)}';\n`],
    ['a secret of no known shape', 'src/a.mjs', undefined, "export const apiKey = 'q8Zr2LxT7vBn4KdW9sYc';\n"],
    ['a file of secrets', '.env', undefined, 'PORT=1\n'],
    ['installed packages', 'node_modules/x/index.json', undefined, '{}\n'],
    ['a lockfile alone', 'package-lock.json', '{ "a": 1 }\n', '{ "a": 2 }\n'],
  ])('finds %s', (_what, path, before, after) => {
    expect(found({ [path]: [before, after] })).toHaveLength(1);
  });

  it.each<[string, string, string | undefined, string | undefined]>([
    [
      'a first test script',
      'package.json',
      manifest({ test: 'echo "Error: no test specified" && exit 1' }),
      manifest({ test: 'node --test', start: 'node src/cli.mjs' }),
    ],
    [
      'another runner',
      'package.json',
      manifest({ test: 'jest' }),
      manifest({ test: 'vitest run', lint: 'eslint . && tsc --noEmit' }),
    ],
    [
      'other scripts',
      'package.json',
      manifest({ test: 'jest' }),
      manifest({ test: 'jest', clean: 'rm -rf dist || true', dev: 'echo on' }),
    ],
    [
      'a new configuration',
      'vitest.config.ts',
      undefined,
      "export default { test: { exclude: ['dist/**'] } };\n",
    ],
    [
      'a configuration that was to change',
      'jest.config.mjs',
      'export default {\n};\n',
      "export default {\n  testMatch: ['**/*.spec.mjs'],\n};\n",
    ],
    [
      'a stricter compiler',
      'tsconfig.json',
      '{\n  "strict": false\n}\n',
      '{\n  "strict": true,\n  "outDir": "dist"\n}\n',
    ],
    [
      'a pipeline with more',
      '.github/workflows/ci.yml',
      'steps:\n  - run: npm test\n',
      'steps:\n  - run: npm ci\n  - run: npm test\n  - run: npm run lint\n',
    ],
    [
      'a secret by reference',
      'src/a.mjs',
      undefined,
      "export const apiKey = process.env.API_KEY_OF_THE_SERVICE_2;\nexport const token = 'token-for-the-first-test-1';\n",
    ],
    ['an example of settings', '.env.example', undefined, 'PORT=1\n'],
    ['documents', 'docs/how-to.md', undefined, 'Run `npm test || true`. TODO: more.\n'],
  ])('has nothing against %s', (_what, path, before, after) => {
    expect(found({ [path]: [before, after] })).toEqual([]);
  });
});
