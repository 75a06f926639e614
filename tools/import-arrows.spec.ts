import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { root } from './workspaces.mjs';

interface CruiseReport {
  readonly summary: { readonly violations: readonly { from: string; rule: { name: string } }[] };
}

const index = (name: string): Record<string, string> => ({
  [`node_modules/${name}/package.json`]: JSON.stringify({ name, main: 'index.js' }),
  [`node_modules/${name}/index.js`]: 'export {};',
});

/** A small tree with the same folders as this one, in which every arrow is broken once and some are kept. */
const planted: Readonly<Record<string, string>> = {
  'package.json': '{}',
  ...index('@nestjs/common'),
  ...index('@nats-io/transport-node'),
  ...index('pg'),
  'libs/kernel/src/index.ts': 'export const one = 1;',
  'libs/kernel/src/climbs.ts': "import '../../mission/src/index.ts';",
  'libs/mission/src/index.ts': "import '../../kernel/src/index.ts';",
  'libs/mission/src/reads-files.ts': "import 'node:fs';",
  'libs/leasing/src/sideways.ts': "import '../../mission/src/index.ts';",
  'libs/contracts/src/uses-nest.ts': "import '@nestjs/common';",
  'libs/event-store/src/postgres/index.ts': "import 'pg';",
  'libs/event-store/src/index.ts': "import './postgres/index.ts';",
  'libs/event-store/package.json': JSON.stringify({ dependencies: { pg: '*' } }),
  'libs/runs/src/speaks-nats.ts': "import '@nats-io/transport-node';",
  'libs/agent/src/first.ts': "import './second.ts';",
  'libs/agent/src/second.ts': "import './first.ts';",
  'libs/agent/src/lost.ts': "import './nowhere.ts';",
  'libs/testing/src/index.ts': 'export const database = 1;',
  'services/worker/src/index.ts': 'export const worker = 1;',
  'services/worker/src/app.module.ts': "import '../../../libs/event-store/src/postgres/index.ts';",
  'services/validator/src/calls-worker.ts': "import '../../worker/src/index.ts';",
  'services/validator/src/tests.ts': "import '../../../libs/testing/src/index.ts';",
};

const cruise = (cwd: string): Promise<CruiseReport> =>
  new Promise((resolve, reject) => {
    const depcruise = join(root, 'node_modules/.bin/depcruise');
    const config = join(root, '.dependency-cruiser.mjs');
    const args = [depcruise, '--config', config, '--output-type', 'json', 'libs', 'services'];
    execFile(process.execPath, args, { cwd, timeout: 25_000 }, (_error, stdout, stderr) => {
      if (stdout === '') reject(new Error(stderr));
      else resolve(JSON.parse(stdout) as CruiseReport);
    });
  });

describe('the import arrows', () => {
  let directory: string;
  let broken: readonly string[];

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'missions-arrows-'));
    for (const [path, content] of Object.entries(planted)) {
      await mkdir(dirname(join(directory, path)), { recursive: true });
      await writeFile(join(directory, path), content);
    }
    const { summary } = await cruise(directory);
    broken = summary.violations.map(({ from, rule }) => `${rule.name}: ${from}`);
  });

  afterAll(() => rm(directory, { recursive: true, force: true }));

  it.each([
    'layer-kernel: libs/kernel/src/climbs.ts',
    'pure-domain: libs/mission/src/reads-files.ts',
    'layer-domain: libs/leasing/src/sideways.ts',
    'nest-at-the-edge: libs/contracts/src/uses-nest.ts',
    'no-undeclared-package: libs/contracts/src/uses-nest.ts',
    'adapters-by-wiring-only: libs/event-store/src/index.ts',
    'nats-client-in-one-place: libs/runs/src/speaks-nats.ts',
    'no-circular: libs/agent/src/first.ts',
    'not-to-unresolvable: libs/agent/src/lost.ts',
    'layer-service: services/validator/src/calls-worker.ts',
    'no-test-code-in-sources: services/validator/src/tests.ts',
  ])('refuse %s', (violation) => {
    expect(broken).toContain(violation);
  });

  it('allow what is drawn', () => {
    const kept = [
      'libs/mission/src/index.ts',
      'libs/event-store/src/postgres/index.ts',
      'services/worker/src/app.module.ts',
    ];
    expect(broken.filter((line) => kept.some((path) => line.endsWith(path)))).toEqual([]);
  });
});
