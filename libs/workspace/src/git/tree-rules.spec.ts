import fc from 'fast-check';
import { escapingLinks, unsafePath } from './tree-rules.ts';

describe('links that leave the tree', () => {
  const escaping = (links: Record<string, string>) => escapingLinks(new Map(Object.entries(links)));

  it.each([
    ['inside', { a: 'b/c' }, []],
    ['up and back inside', { 'x/a': '../b' }, []],
    ['to the root itself', { 'x/a': '..' }, []],
    ['above the root', { a: '..' }, ['a']],
    ['absolute', { 'x/a': '/etc/passwd' }, ['x/a']],
    ['through another link', { 'd/up': '../..', b: 'd/up/x' }, ['d/up', 'b']],
    ['past a link to the root', { 'd/e/root': '../..', b: 'd/e/root/../x' }, ['b']],
    ['in a circle', { a: 'b', b: 'a' }, []],
  ])('%s', (_, links, expected) => {
    expect(escaping(links as unknown as Record<string, string>)).toEqual(expected);
  });

  it('never calls a target without .. and without a leading slash an escape', () => {
    const name = fc.stringMatching(/^[a-c]{1,2}$/);
    const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
    fc.assert(
      fc.property(fc.dictionary(path, path, { maxKeys: 8 }), (links) => {
        expect(escaping(links)).toEqual([]);
      }),
    );
  });

  it('always ends', () => {
    const part = fc.constantFrom('a', 'b', 'c', '..', '.', '');
    const path = fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => parts.join('/'));
    fc.assert(
      fc.property(fc.dictionary(path, path, { maxKeys: 12 }), (links) => {
        expect(escaping(links).length).toBeLessThanOrEqual(12);
      }),
    );
  });
});

describe('names that Git keeps for itself', () => {
  it.each([
    '.git',
    '.GIT/x',
    'a/.Git',
    'git~1',
    'GIT~1/x',
    '.git ',
    '.git...',
    '.git::$INDEX',
    '.g\u200cit',
    '..',
    'a//b',
  ])('refuses %j', (path) => {
    expect(unsafePath(Buffer.from(path).toString('latin1'))).toMatchObject({ code: 'UNSAFE_PATH' });
  });

  it.each(['.gitignore', '.github/x', 'git', 'a.git', '.gitmodules', 'git~2', '...', ' '])(
    'allows %j',
    (path) => {
      expect(unsafePath(path)).toBeUndefined();
    },
  );
});
