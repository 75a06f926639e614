import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { differingPages } from './reference.mjs';
import { missionCommandNames } from './reference/schemas.mjs';
import { root } from './workspaces.mjs';

const read = (path: string): string => readFileSync(join(root, path), 'utf8');

describe('docs/reference', () => {
  it('says what the schemas say; if not, run: npm run reference', async () => {
    const differing = await differingPages();
    expect(differing.map(({ path }) => `${path} is out of date; run: npm run reference`)).toEqual([]);
  }, 120_000);

  it('explains every command that a mission accepts', () => {
    const page = read('docs/reference/commands.md');
    expect(missionCommandNames.length).toBeGreaterThan(40);
    expect(missionCommandNames.filter((name) => !page.includes(`\n### ${name}\n`))).toEqual([]);
  });

  it('explains every variable that the configuration knows beside its settings', () => {
    const layer = read('libs/runtime/src/config/environment-layer.ts');
    const list = /const otherVariables = \[([^\]]*)\]/.exec(layer)?.[1] ?? '';
    const variables = [...list.matchAll(/'(MISSIONS_[A-Z_]+)'/g)].map(([, name = '']) => name);
    const page = read('tools/reference/pages/configuration.md');
    expect(variables.length).toBeGreaterThan(10);
    expect(variables.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });
});
