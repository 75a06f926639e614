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

describe('success that is faked', () => {
  it.each<[string, string, string]>([
    ['an end at import', 'src/words.mjs', 'export const count = (text) => text.length;\nprocess.exit(0);\n'],
    [
      'an end at import of CommonJS',
      'src/words.cjs',
      'process.exit();\nmodule.exports = { count: (text) => text.length };\n',
    ],
    [
      'an end in set-up',
      'test/setup.mjs',
      "import { mkdirSync } from 'node:fs';\nmkdirSync('tmp');\nprocess.exit(0);\n",
    ],
    [
      'an end when a test fails',
      'test/run.mjs',
      "import assert from 'node:assert';\ntry {\n  assert.equal(1, x);\n} catch {\n  process.exit(0);\n}\n",
    ],
    [
      'an end by a hook',
      'src/words.mjs',
      "export const a = 1;\nprocess.on('exit', () => { process.exitCode = 0; });\n",
    ],
    [
      'a failure that is taken for an end',
      'src/words.mjs',
      "process.on('uncaughtException', () => process.exit(0));\nexport const a = (b) => b + 1;\n",
    ],
    [
      'the way around every hook',
      'src/words.mjs',
      'export function count(text) {\n  process.reallyExit(0);\n  return text;\n}\n',
    ],
    [
      'a replaced assertion',
      'src/words.mjs',
      "import assert from 'node:assert';\nassert.equal = () => {};\nexport const a = (b) => b;\n",
    ],
    [
      'a replaced assertion by require',
      'src/words.cjs',
      "require('node:assert').strictEqual = (a) => a;\nmodule.exports = { a: (b) => b };\n",
    ],
    [
      'all assertions replaced',
      'test/setup.mjs',
      "import assert from 'node:assert/strict';\nObject.assign(assert, { equal() {} });\n",
    ],
    ['a replaced runner', 'test/setup.mjs', "import test from 'node:test';\ntest.it = () => undefined;\n"],
    [
      'a replaced end',
      'src/words.mjs',
      'const real = process.exit;\nprocess.exit = () => real(0);\nexport const a = (b) => b;\n',
    ],
    [
      'a replaced built-in',
      'src/words.mjs',
      'Array.prototype.every = () => true;\nexport const a = (b) => b;\n',
    ],
    [
      'a made up summary',
      'test/reporter.mjs',
      "export default async function* report() {\n  yield '# tests 12\\n# pass 12\\n# fail 0\\n';\n}\n",
    ],
    ['a script that prints a summary', 'scripts/test.sh', "#!/bin/sh\necho 'ok 1 - adds'\n"],
    ['an end in Python', 'tests/conftest.py', 'import os\nos._exit(0)\n'],
  ])('finds %s', (_what, path, text) => {
    expect(added(path, text)).toEqual([expect.stringMatching(/^blocker test_quality: /)]);
  });

  it.each<[string, string, string]>([
    [
      'a program that ends with its own code',
      'bin/cli.mjs',
      "#!/usr/bin/env node\nimport { main } from '../src/main.mjs';\nif (process.argv.length < 3) {\n  console.error('usage');\n  process.exit(1);\n}\nprocess.exit(main(process.argv.slice(2)));\n",
    ],
    [
      'help that ends well',
      'src/cli.mjs',
      "export function main(args) {\n  if (args.includes('--help')) {\n    console.log('usage');\n    process.exit(0);\n  }\n  process.exitCode = 0;\n  return args;\n}\n",
    ],
    [
      'a graceful stop',
      'src/server.mjs',
      "export const server = create();\nprocess.on('SIGTERM', () => { server.close(() => process.exit(0)); });\n",
    ],
    [
      'cleaning up at the end',
      'src/server.mjs',
      "export const a = (b) => b;\nprocess.on('exit', () => { unlink('lock'); });\n",
    ],
    [
      'tests that close what they opened',
      'test/server.test.mjs',
      "import assert from 'node:assert';\nassert.equal(await get('/'), 200);\nprocess.exit(0);\n",
    ],
    [
      'a runner of its own',
      'test/run.mjs',
      'let failed = 0;\nfor (const [name, run] of cases) {\n  try { run(); console.log(`ok - ${name}`); } catch (error) { failed += 1; console.error(name, error); }\n}\nprocess.exit(failed > 0 ? 1 : 0);\n',
    ],
    [
      'a test that watches an end',
      'test/cli.test.mjs',
      "import test from 'node:test';\nimport assert from 'node:assert';\ntest('ends', () => {\n  const real = process.exit;\n  const codes = [];\n  process.exit = (code) => codes.push(code);\n  main([]);\n  process.exit = real;\n  assert.deepEqual(codes, [2]);\n});\n",
    ],
    [
      'a polyfill',
      'src/at.js',
      'if (!Array.prototype.at) {\n  Array.prototype.at = function at(index) { return this[index]; };\n}\n',
    ],
    [
      'a reporter that counts',
      'test/reporter.mjs',
      'export default async function* report(source) {\n  let passed = 0;\n  for await (const { type } of source) if (type === "test:pass") passed += 1;\n  yield `# pass ${passed}\\n`;\n}\n',
    ],
  ])('has nothing against %s', (_what, path, text) => {
    expect(added(path, text)).toEqual([]);
  });
});

describe('a product that looks whether it is validated', () => {
  it.each<[string, string]>([
    [
      'the contract’s folder',
      'export const good = (x) => (process.env.CONTRACT_DIR ? right(x) : wrong(x));\n',
    ],
    [
      'it in brackets',
      "const dir = process.env['CONTRACT' + '_DIR'];\nexport const good = (x) => (dir ? right(x) : wrong(x));\n",
    ],
    [
      'it on the disk',
      "import { existsSync } from 'node:fs';\nexport const good = (x) => (existsSync('/contract') ? right(x) : wrong(x));\n",
    ],
    [
      'names of the environment',
      "const watched = Object.keys(process.env).some((name) => name.startsWith('CON'));\nexport const good = (x) => (watched ? right(x) : wrong(x));\n",
    ],
    [
      'a runner’s mark',
      'export const good = (x) => { if (process.env.NODE_TEST_CONTEXT) return right(x); return wrong(x); };\n',
    ],
    [
      'a mark taken apart',
      'const { JEST_WORKER_ID } = process.env;\nexport const good = (x) => (JEST_WORKER_ID ? right(x) : wrong(x));\n',
    ],
    [
      'the arguments',
      "const tested = process.argv.some((word) => word.includes('x')) || process.execArgv.includes('--test');\nexport const good = (x) => (tested ? right(x) : wrong(x));\n",
    ],
    [
      'the program',
      "export const good = (x) => (process.argv[1].endsWith('.test.mjs') ? right(x) : wrong(x));\n",
    ],
    ['the place', "export const good = (x) => (process.cwd() === '/workspace' ? right(x) : wrong(x));\n"],
    [
      'the stack',
      "export const good = (x) => (new Error().stack.includes('/contract/') ? right(x) : wrong(x));\n",
    ],
    [
      'the user',
      "import { userInfo } from 'node:os';\nexport const good = (x) => (userInfo().username === 'builder' ? right(x) : wrong(x));\n",
    ],
    [
      'a build machine',
      'export const good = (x) => { if (process.env.CI) return right(x); return wrong(x); };\n',
    ],
  ])('is found to look for %s', (_what, text) => {
    expect(added('src/good.mjs', text)).toEqual([
      expect.stringMatching(/^(?:blocker|major) test_quality: The product looks/),
    ]);
  });

  it.each<[string, string]>([
    [
      'its settings',
      "const port = Number(process.env.PORT ?? 8080);\nconst { HOME, TASKS_FILE = 'tasks.json' } = process.env;\nexport const settings = () => ({ port, HOME, TASKS_FILE });\n",
    ],
    [
      'whether it is the program',
      "import { pathToFileURL } from 'node:url';\nif (import.meta.url === pathToFileURL(process.argv[1]).href) main(process.argv.slice(2));\nexport function main(args) { return args.length; }\n",
    ],
    [
      'a route of that name',
      "export const route = (request) => (request.url.startsWith('/contract') ? 'contracts' : request.url === '/workspace' ? 'work' : 'none');\n",
    ],
    [
      'its flags',
      "export const verbose = process.argv.includes('--verbose');\nif (process.env.NODE_ENV === 'production') serve();\n",
    ],
    [
      'being root',
      "if (process.getuid?.() === 0) console.error('do not run this as root');\nexport const a = (b) => b;\n",
    ],
  ])('may look for %s', (_what, text) => {
    expect(added('src/good.mjs', text)).toEqual([]);
  });
});

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
