import { executedFiles } from './executed-files.ts';

const file = (path: string, content = '') => ({ path, bytes: Buffer.from(content) });
const executed = (command: string, ...files: ReturnType<typeof file>[]): readonly string[] =>
  executedFiles({ command }, files).map(({ path }) => path);

describe('the files of a contract that a proof executes', () => {
  it('are the scripts it calls', () => {
    const files = [file('check.mjs'), file('other.mjs')];
    expect(executed('node "$CONTRACT_DIR/VAL-A-001/check.mjs"', ...files)).toEqual(['check.mjs']);
    expect(executed('cd src && bash $CONTRACT_DIR/VAL-A-001/run.sh', file('run.sh'))).toEqual(['run.sh']);
  });

  it('are all that a test runner is given, or all when it is given their folder', () => {
    const files = [file('a.test.mjs'), file('b.test.mjs')];
    expect(executed('node --test $CONTRACT_DIR/V/a.test.mjs $CONTRACT_DIR/V/b.test.mjs', ...files)).toEqual([
      'a.test.mjs',
      'b.test.mjs',
    ]);
    expect(executed('node --test $CONTRACT_DIR/V/', ...files)).toEqual(['a.test.mjs', 'b.test.mjs']);
  });

  it('are not the arguments of a script, nor data, which may be broken on purpose', () => {
    expect(executed('node src/lint.js $CONTRACT_DIR/V/broken.js', file('broken.js', 'const ='))).toEqual([]);
    expect(executed('node src/cli.js $CONTRACT_DIR/V/bad.json', file('bad.json', '{'))).toEqual([]);
  });

  it('include what they import', () => {
    const files = [
      file('check.mjs', 'import { a } from "./lib/a.mjs"; import data from \'./data.json\' with {};'),
      file('lib/a.mjs', 'import "../b.mjs";'),
      file('b.mjs'),
      file('data.json'),
      file('unrelated.mjs'),
    ];
    expect(executed('node $CONTRACT_DIR/V/check.mjs', ...files)).toEqual([
      'check.mjs',
      'lib/a.mjs',
      'data.json',
      'b.mjs',
    ]);
  });
});
