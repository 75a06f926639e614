/**
 * What the kinds of resources differ in. `repo`, `branch` and `path` are levels of one tree, so a whole repository
 * and a directory in it exclude each other. (Git itself forbids a branch `a` beside a branch `a/b`, so a branch
 * name with slashes cannot be mistaken for a path of another branch.)
 */
interface KindRule {
  readonly tree: 'repository' | 'port' | 'env' | 'browser' | 'pool';
  readonly minSegments: number;
  readonly maxSegments: number;
  readonly acceptsGlob: boolean;
  /** Whether an effect on the resource can refuse a stale token; if not, it stays closed for a while after an expiry. */
  readonly effectsCheckToken: boolean;
}

export const resourceKinds = {
  repo: { tree: 'repository', minSegments: 1, maxSegments: 1, acceptsGlob: false, effectsCheckToken: true },
  branch: {
    tree: 'repository',
    minSegments: 2,
    maxSegments: 16,
    acceptsGlob: false,
    effectsCheckToken: true,
  },
  path: { tree: 'repository', minSegments: 2, maxSegments: 64, acceptsGlob: true, effectsCheckToken: true },
  port: { tree: 'port', minSegments: 2, maxSegments: 2, acceptsGlob: false, effectsCheckToken: false },
  env: { tree: 'env', minSegments: 1, maxSegments: 8, acceptsGlob: false, effectsCheckToken: false },
  pool: { tree: 'pool', minSegments: 2, maxSegments: 2, acceptsGlob: false, effectsCheckToken: false },
  browser: { tree: 'browser', minSegments: 1, maxSegments: 2, acceptsGlob: false, effectsCheckToken: false },
} as const satisfies Readonly<Record<string, KindRule>>;

export type ResourceKind = keyof typeof resourceKinds;

export function isResourceKind(text: string): text is ResourceKind {
  return Object.hasOwn(resourceKinds, text);
}
