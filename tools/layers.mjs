/**
 * Who may import whom, by the `layer:` tag in each package.json. The one source of the arrows:
 * eslint (by project) and dependency-cruiser (by path) both read it.
 */
export const layers = {
  kernel: [],
  domain: ['kernel'],
  contracts: ['kernel', 'domain'],
  port: ['kernel', 'port'],
  runs: ['kernel', 'domain', 'contracts', 'port'],
  tools: ['kernel', 'domain', 'contracts', 'port'],
  runtime: ['kernel', 'domain', 'contracts', 'port', 'runs'],
  local: ['kernel', 'port'],
  service: ['kernel', 'domain', 'contracts', 'port', 'runs', 'tools', 'runtime'],
  cli: ['kernel', 'domain', 'contracts', 'port', 'runtime', 'local'],
  testing: ['*'],
};

/** The same arrows in the words of `@nx/enforce-module-boundaries`. */
export const layerConstraints = Object.entries(layers).map(([layer, allowed]) => ({
  sourceTag: `layer:${layer}`,
  onlyDependOnLibsWithTags: allowed.map((name) => (name === '*' ? '*' : `layer:${name}`)),
}));
