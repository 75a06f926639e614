import { isRefusal } from '@missions/kernel';
import { overlaps } from './overlap.ts';
import { formatResource, parseResource } from './resource.ts';
import { alone, units, wanted } from './testing/wants.ts';
import { canonicalWants, covers, needsLockDelay, scopeOf } from './want-set.ts';

const canonical = (text: string): string => formatResource(parseResource(text));
const overlap = (a: string, b: string): boolean => overlaps(parseResource(a), parseResource(b));

function refusalCode(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (isRefusal(error)) return error.code;
    throw error;
  }
  return 'accepted';
}

describe('the name of a resource', () => {
  it.each([
    'repo:/r',
    'branch:/r/main',
    'path:/r/main/src/api',
    'port:/host/8080',
    'env:/staging',
    'browser:/host',
  ])('is read and written unchanged: %s', (name) => {
    expect(canonical(name)).toBe(name);
  });

  it.each([
    ['path:/r/main/src/**/*.ts', 'path:/r/main/src'],
    ['path:/r/main/src/ap*', 'path:/r/main/src'],
    ['path:/r/main/{a,b}/c', 'path:/r/main'],
    ['path:/r/main/src/[ab].ts', 'path:/r/main/src'],
  ])('%s locks its literal directory prefix', (glob, prefix) => {
    expect(canonical(glob)).toBe(prefix);
  });

  it('is the same in every Unicode spelling', () => {
    expect(canonical('path:/r/main/caf\u0065\u0301')).toBe(canonical('path:/r/main/caf\u00e9'));
  });

  it.each([
    'repo',
    ':/r',
    'repo:r',
    'repo:/',
    'repo:/r/',
    'repo://r',
    'branch:/r',
    'path:/r/main/../x',
    'path:/r/main/./x',
    'path:/*/main',
    'path:/r/main/a\u0000b',
    'path:/r/main/a\\b',
    'port:/host/*',
    'port:/host/0',
    'port:/host/65536',
    'port:/host/80x',
    'port:/host',
    `path:/r/main/${'x'.repeat(2000)}`,
    `port:/${'x'.repeat(129)}/80`,
  ])('is refused when malformed: %s', (text) => {
    expect(refusalCode(() => parseResource(text))).toBe('MALFORMED_RESOURCE');
  });

  it('is refused when its kind is unknown, a kind of every object included', () => {
    expect(refusalCode(() => parseResource('prot:/host/80'))).toBe('UNKNOWN_RESOURCE_KIND');
    expect(refusalCode(() => parseResource('constructor:/r'))).toBe('UNKNOWN_RESOURCE_KIND');
  });
});

describe('two resources overlap', () => {
  it('when one is the other or its ancestor, across the levels of a repository', () => {
    expect(overlap('path:/r/main/src', 'path:/r/main/src')).toBe(true);
    expect(overlap('path:/r/main/src', 'path:/r/main/src/api')).toBe(true);
    expect(overlap('repo:/r', 'path:/r/main/src')).toBe(true);
    expect(overlap('path:/r/main/src', 'branch:/r/main')).toBe(true);
  });

  it('not when they are beside each other, or only begin with the same letters', () => {
    expect(overlap('path:/r/main/src/a', 'path:/r/main/src/b')).toBe(false);
    expect(overlap('path:/r/main/src', 'path:/r/main/src2')).toBe(false);
    expect(overlap('path:/r/main/src', 'path:/r/next/src')).toBe(false);
  });

  it('not when they are things of different kinds', () => {
    expect(overlap('env:/host', 'browser:/host')).toBe(false);
    expect(overlap('repo:/host', 'env:/host')).toBe(false);
  });
});

describe('the resources of a claim', () => {
  it('are sorted, without doubles and without what another one covers', () => {
    const names = ['path:/r/main/src/b', 'path:/r/main/src', 'path:/r/main/docs', 'path:/r/main/docs'];
    expect(canonicalWants(alone(...names))).toEqual(alone('path:/r/main/docs', 'path:/r/main/src'));
  });

  it('are refused when there are none, or when they need two ledgers', () => {
    expect(refusalCode(() => canonicalWants([]))).toBe('NO_RESOURCES');
    expect(refusalCode(() => canonicalWants(alone('repo:/a', 'repo:/b')))).toBe('MIXED_SCOPES');
  });

  it('name their ledger with what a stream name may hold', () => {
    expect(scopeOf(alone('port:/build.example/80', 'browser:/build.example'))).toBe('build_example');
  });

  it('stay closed after an expiry only if their effects cannot check a token', () => {
    expect(alone('port:/h/80', 'env:/staging', 'browser:/h').map(needsLockDelay)).toEqual([true, true, true]);
    expect(alone('repo:/r', 'branch:/r/main', 'path:/r/main/x').map(needsLockDelay)).toEqual([
      false,
      false,
      false,
    ]);
  });
});

describe('what a claim covers', () => {
  const held = [
    ...wanted('X', 'path:/r/main/src'),
    ...wanted('S', 'path:/r/main/docs'),
    units('pool:/r/gpu', 3),
  ];

  it.each<[string, Parameters<typeof covers>[1], boolean]>([
    ['the same', held, true],
    ['less of it', wanted('X', 'path:/r/main/src/api'), true],
    ['a weaker mode', wanted('U', 'path:/r/main/src'), true],
    ['fewer units', [units('pool:/r/gpu', 2)], true],
    ['what lies above', wanted('S', 'path:/r/main'), false],
    ['a stronger mode', wanted('U', 'path:/r/main/docs'), false],
    ['more units', [units('pool:/r/gpu', 4)], false],
    ['something else', wanted('S', 'path:/r/main/test'), false],
  ])('%s: %#', (_, narrower, is) => {
    expect(covers(held, narrower)).toBe(is);
  });
});
