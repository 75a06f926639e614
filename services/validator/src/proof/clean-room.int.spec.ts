import { findTool, stateDirectory } from '@missions/local';
import { proofStage, stageAssertion, type ProofStage } from './conformance/proof-stage.ts';

let stage: ProofStage;
beforeAll(async () => {
  stage = await proofStage(await findTool('bwrap'), stateDirectory());
}, 180_000);
afterAll(() => stage.end());

const byCommand = (command: string, stdout: string) =>
  stageAssertion({ method: 'command', command, expected: { stdout } });

describe('the clean room', () => {
  it('has nothing that was left where the work was done', async () => {
    // The product only works with a file that Git ignores, or one of another room's /tmp.
    const site = await stage.site({
      '.gitignore': 'cache.json\n',
      'cache.json': '{"answer":42}\n',
      'src/cli.mjs':
        "import { existsSync, readFileSync } from 'node:fs';\nconst place = ['cache.json', '/tmp/cache.json'].find((path) => existsSync(path));\nconsole.log(place ? JSON.parse(readFileSync(place, 'utf8')).answer : 'nothing');\n",
    });
    const makes = stageAssertion({
      method: 'command',
      command: 'echo \'{"answer":42}\' | tee /tmp/cache.json > cache.json; node src/cli.mjs',
      expected: { stdout: '42' },
    });
    const needs = { ...byCommand('node src/cli.mjs', '42'), id: 'VAL-A-002' };
    const [made, alone] = await stage.engine.proveAll([makes, needs], site);
    expect(made?.verdict).toBe('pass');
    expect(alone).toMatchObject({ verdict: 'fail', observed: 'exit code 0; stdout "nothing"' });
  });

  it('has the configuration of test runners as the base has it, unless a feature names it', async () => {
    const config = 'jest.config.json';
    const site = await stage.site(
      { [config]: '{ "passWithNoTests": true }\n', 'vitest.config.mjs': 'export default {};\n' },
      {},
      { [config]: '{ "bail": 0 }\n' },
    );
    const shows = byCommand(`cat ${config}; ls`, '"bail": 0');
    expect(await stage.engine.prove(shows, site)).toMatchObject({
      verdict: 'pass',
      observed: expect.stringContaining('vitest.config.mjs') as string,
    });
    expect(await stage.engine.prove(shows, { ...site, touches: [`path:/${config}`] })).toMatchObject({
      verdict: 'fail',
    });
  });
});
