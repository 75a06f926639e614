import { diffFindings } from './diff-findings.ts';
import { changeOf } from './testing/change-of.ts';

const added = (path: string, text: string) =>
  diffFindings(changeOf({ [path]: [undefined, text] }), { assertions: [], touches: [], finds: () => [] }).map(
    ({ severity, category, title, location }) => `${severity} ${category}: ${title} @ ${String(location)}`,
  );

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
