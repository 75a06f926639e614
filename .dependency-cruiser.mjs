import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { layers } from './tools/layers.mjs';
import { root, workspaceFolders } from './tools/workspaces.mjs';

/** Specs may use libs/testing, which is built on the libs they test; what follows is about sources. */
const specs = '\\.spec\\.ts$|/conformance/';
const wiring =
  '\\.module\\.ts$|/main\\.ts$|/(main|bootstrap|wiring)/|^libs/(runtime|testing)/|^infra/local/|^(e2e|bench)/|^libs/models/src/create-model\\.ts$';
const adapterFolders = '^libs/[^/]+/src/(postgres|nats|anthropic|git|sandbox)/';

const layerOf = (folder) => {
  const { nx } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  return nx.tags.find((tag) => tag.startsWith('layer:')).slice('layer:'.length);
};
const folders = workspaceFolders().map((folder) => ({ folder, layer: layerOf(folder) }));

/** One rule per project: anything of ours that is neither itself nor a layer it may import is refused. */
const layerRules = folders
  .filter(({ layer }) => !layers[layer].includes('*'))
  .map(({ folder, layer }) => {
    const refused = folders.filter(
      (other) => other.folder !== folder && !layers[layer].includes(other.layer),
    );
    return {
      name: `layer-${layer}`,
      comment: `${folder} (layer ${layer}) may import only: ${layers[layer].join(', ') || 'nothing of ours'}.`,
      severity: 'error',
      from: { path: `^${folder}/`, pathNot: '\\.spec\\.ts$' },
      to: { path: refused.map((other) => `^${other.folder}/`) },
    };
  });

export default {
  forbidden: [
    {
      name: 'no-circular',
      comment: 'Two modules that need each other are one module, or hide a third.',
      severity: 'error',
      from: { pathNot: '\\.spec\\.ts$' },
      to: { circular: true },
    },
    {
      name: 'not-to-unresolvable',
      comment: 'The import resolves to nothing: a missing file, export or dependency.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-undeclared-package',
      comment: 'Packages are declared in the package.json of the project that imports them.',
      severity: 'error',
      from: { pathNot: [specs, '^libs/testing/', '^tools/', '^e2e/'] },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'pure-domain',
      comment: 'libs/mission and libs/leasing decide; they know no clock, no I/O, no framework.',
      severity: 'error',
      from: { path: '^libs/(mission|leasing)/src/', pathNot: '(\\.spec\\.ts$|/src/testing/)' },
      to: { pathNot: '^(libs/(kernel|mission|leasing)/|node_modules/(zod|canonicalize|@noble/hashes)/)' },
    },
    {
      name: 'nest-at-the-edge',
      comment:
        'Nest lives in services, libs/runtime and the bus transport; a library stays usable without it.',
      severity: 'error',
      from: { path: '^(libs|cli|infra)/', pathNot: '^libs/(bus/src/nats|runtime)/' },
      to: { path: 'node_modules/@nestjs/' },
    },
    {
      name: 'nats-client-in-one-place',
      comment: 'Only the bus adapter and the local stack speak the NATS protocol.',
      severity: 'error',
      from: { path: '^(libs|services|cli)/', pathNot: '^libs/(bus/src/nats|runtime|testing)/' },
      to: { path: 'node_modules/@nats-io/' },
    },
    {
      name: 'adapters-by-wiring-only',
      comment: 'Application code depends on ports; modules, main files and tests choose the adapter.',
      severity: 'error',
      from: { pathNot: [wiring, specs, adapterFolders] },
      to: { path: adapterFolders },
    },
    {
      name: 'no-test-code-in-sources',
      comment: 'libs/testing and specs are for tests.',
      severity: 'error',
      from: { pathNot: ['\\.spec\\.ts$', '^libs/testing/', '^e2e/'] },
      to: { path: ['\\.spec\\.ts$', '^libs/testing/', '^e2e/'] },
    },
    ...layerRules,
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: join(root, 'tsconfig.base.json') },
    // What the benchmarks compare with has a package.json of its own, and is installed only when it is asked for.
    exclude: { path: '(^|/)(dist|out-tsc|\\.nx)/|^bench/peers/' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      conditionNames: ['@missions/source', 'types', 'import', 'node', 'default'],
      exportsFields: ['exports'],
    },
  },
};
