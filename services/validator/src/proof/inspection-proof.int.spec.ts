import { findTool, stateDirectory } from '@missions/local';
import type { ProofRecord } from '@missions/mission';
import { proofStage, stageAssertion, stageSecret, type ProofStage } from './conformance/proof-stage.ts';
import type { ProofSite } from './proof-site.ts';

let stage: ProofStage;
beforeAll(async () => {
  stage = await proofStage(await findTool('bwrap'), stateDirectory());
}, 180_000);
afterAll(() => stage.end());

const prove = (site: ProofSite, ...rules: readonly object[]): Promise<ProofRecord> =>
  stage.engine.prove(stageAssertion({ method: 'inspection', rules }), site);

const verdict = async (site: ProofSite, ...rules: readonly object[]): Promise<string> =>
  (await prove(site, ...rules)).verdict;

describe('a rule over the tree', () => {
  let site: ProofSite;
  beforeAll(async () => {
    site = await stage.site({
      'src/app.ts': 'export const a = 1;\r\nexport const key = eval("1");\r\n',
      'src/deep/more.ts': 'import { a } from "../app.ts";\n',
      'assets/logo.bin': Buffer.from('\0\u0001eval(\0', 'latin1'),
      'docs/guide.md': '# Guide\n',
    });
  });

  it('counts the files that match', async () => {
    expect(await verdict(site, { path: 'src/**/*.ts', atLeast: 2, atMost: 2 })).toBe('pass');
    expect(await verdict(site, { path: 'src/**/*.ts', atLeast: 3 })).toBe('fail');
    expect(await verdict(site, { path: 'docs/*', atMost: 0 })).toBe('fail');
    expect(await verdict(site, { path: 'test/**', atMost: 0 })).toBe('pass');
  });

  it('contains what any one of the files has', async () => {
    expect(await verdict(site, { path: 'src/**', contains: '^import .*app' })).toBe('pass');
    expect(await verdict(site, { path: 'src/**', contains: 'a = 1;$' })).toBe('pass');
    expect(await verdict(site, { path: 'src/**', contains: 'require\\(' })).toBe('fail');
    expect(await verdict(site, { path: 'none/**', contains: '.' })).toBe('fail');
  });

  it('never has what one of the files has, and says where', async () => {
    const record = await prove(site, { path: 'src/**', never: 'eval\\(' }, { path: 'src/**', atLeast: 1 });
    expect(record).toMatchObject({
      verdict: 'fail',
      observed: 'src/**: 2 files\nsrc/app.ts:2: export const key = eval("1");',
      expected: 'src/**: no line like eval\\(',
    });
    expect(await stage.evidence(record.evidence, 'inspection')).toEqual([
      'src/**: no line like eval\\(\nis broken\nsrc/app.ts:2: export const key = eval("1");\n\nsrc/**: at least 1 files\nholds',
    ]);
    expect(await verdict(site, { path: 'src/**', never: 'new Function' })).toBe('pass');
  });

  it('is not escaped by a byte that makes a file look binary', async () => {
    expect(await verdict(site, { path: 'assets/**', never: 'eval\\(' })).toBe('fail');
  });

  it('is read without an expression that explodes', async () => {
    const long = await stage.site({ 'a.txt': `${'a'.repeat(100_000)}!\n` });
    expect(await verdict(long, { path: '*.txt', never: '^(a+)+$' })).toBe('pass');
  });

  it('redacts what it quotes', async () => {
    const secret = await stage.site({ 'a.txt': `key=${stageSecret}\n` });
    const record = await prove(secret, { path: 'a.txt', never: '^key=' });
    expect(record.observed).toContain('a.txt:1: key=[redacted:api-key]');
    expect((await stage.evidence(record.evidence, 'inspection')).join()).not.toContain(stageSecret);
  });

  it('is undecided, and no pass, where a file is too large; what was found anyway decides', async () => {
    const large = await stage.site({ 'a.js': `eval(1)\n`, 'big.js': 'x\n'.repeat(1_100_000) });
    const record = await prove(large, { path: '*.js', never: 'new Function' });
    expect(record.verdict).toBe('inconclusive');
    expect(record.observed).toContain('big.js is too large to be inspected: 2200000 bytes');
    expect(await verdict(large, { path: '*.js', never: 'eval' })).toBe('fail');
    expect(await verdict(large, { path: '*.js', atLeast: 2 })).toBe('pass');
    expect(await verdict(large, { path: '*.js', contains: 'eval', atLeast: 3 })).toBe('fail');
  });
});

describe('a rule over the diff', () => {
  it('looks at added lines only', async () => {
    const site = await stage.site({ 'README.md': '# A product\nTODO: say more\n', 'new.md': 'TODO: all\n' });
    const record = await prove(site, { path: '**/*.md', in: 'diff', never: 'TODO' });
    expect(record.observed).toBe(
      '**/*.md in the diff: 2 files\nREADME.md:2: TODO: say more\nnew.md:1: TODO: all',
    );
    expect(await verdict(site, { path: '**/*.md', in: 'diff', never: 'A product' })).toBe('pass');
    expect(await verdict(site, { path: '**/*.md', never: 'A product' })).toBe('fail');
    expect(await verdict(site, { path: '**/*.md', in: 'diff', contains: 'A product' })).toBe('fail');
  });

  it('counts what was changed, added, deleted and moved away', async () => {
    const site = await stage.site({ 'src/a.ts': 'a\n'.repeat(50), 'README.md': '# Another product\n' });
    expect(await verdict(site, { path: 'README.md', in: 'diff', atMost: 0 })).toBe('fail');
    expect(await verdict(site, { path: 'src/**', in: 'diff', atLeast: 1, atMost: 1 })).toBe('pass');
    expect(await verdict(site, { path: 'docs/**', in: 'diff', atMost: 0 })).toBe('pass');
    // The other way round the same files are deleted.
    const back = { ...site, sha: site.baseSha, baseSha: site.sha };
    expect(await verdict(back, { path: 'src/**', in: 'diff', atMost: 0 })).toBe('fail');
  });

  it('is not told by the repository what a difference is', async () => {
    const site = await stage.site({ '.gitattributes': '* -diff\n', 'src/a.ts': 'eval(1)\n' });
    expect(await verdict(site, { path: 'src/**', in: 'diff', never: 'eval' })).toBe('fail');
  });

  it('finds nothing between the base and itself', async () => {
    const { sha: _, ...site } = await stage.site({});
    const onBase = { ...site, sha: site.baseSha };
    expect(await verdict(onBase, { path: '**', in: 'diff', atMost: 0, never: '.' })).toBe('pass');
    const record = await stage.engine.baseline(
      stageAssertion({ method: 'inspection', rules: [{ path: 'src/**', contains: 'x' }] }),
      onBase,
    );
    expect(record.result).toBe('fails_as_expected');
  });
});

describe('an inspection that cannot be carried out', () => {
  it.each([
    ['an expression that is none', { rules: [{ path: '**', never: '(' }] }, 'The pattern ( is not valid'],
    ['no rules', {}, 'The proof has no rule.'],
    ['an exit code', { rules: [{ path: '**', atLeast: 1 }], expected: { exitCode: 0 } }, 'exitCode, which'],
  ])('is found at the baseline: %s', async (_, proof, reason) => {
    const site = await stage.site({});
    const record = await stage.engine.baseline(stageAssertion({ method: 'inspection', ...proof }), site);
    expect(record.result).toBe('cannot_run');
    expect(record.observed).toContain(reason);
  });
});
