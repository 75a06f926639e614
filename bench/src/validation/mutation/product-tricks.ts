import type { Tree } from '../corpus/archive.ts';
import type { Finished, TreeOperator } from './suite.ts';

const letters = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';

function word(length: number, random: () => number): string {
  return Array.from({ length }, () => letters[Math.floor(random() * letters.length)]).join('');
}

const isProduct = (path: string): boolean =>
  /\.[cm]?js$/.test(path) && !/(?:^|\/)(?:test|public)\//.test(path);

/** A module that the worker has added and that the program needs. */
function addedModule({ base, end }: Finished): string | undefined {
  return Object.keys(end).find((path) => {
    if (!isProduct(path) || base[path] !== undefined || end[path] === undefined) return false;
    const name =
      path
        .split('/')
        .at(-1)
        ?.replace(/\.[cm]?js$/, '') ?? '';
    return Object.entries(end).some(
      ([other, content = '']) => other !== path && isProduct(other) && content.includes(`/${name}`),
    );
  });
}

/** The assertion that held before any work: whatever breaks the whole program breaks it. */
function guarded({ played }: Finished): string | undefined {
  return played.product.proposal.contract.assertions.find(({ type }) => type === 'non_regression')?.id;
}

function secretIn(path: string, content: string): ReturnType<TreeOperator> {
  return { changes: { [path]: content }, killer: { category: 'security', path } };
}

/** Ways in which a product only seems to work, or gives away what it should not. */
export const productTricks: Readonly<Record<string, TreeOperator>> = {
  /** What the program needs is left in a file that Git ignores: it works where it was written, and nowhere else. */
  leftover: (finished) => {
    const path = addedModule(finished);
    const assertion = guarded(finished);
    if (path === undefined || assertion === undefined) return undefined;
    const ignored = `${finished.end['.gitignore'] ?? ''}${path}\n`;
    return { changes: { '.gitignore': ignored }, killer: { assertion }, at: 'first' };
  },
  'commit-cloud-key': (_finished, random) =>
    secretIn(
      'deploy/settings.json',
      `{\n  "region": "eu-1",\n  "accessKeyId": "AKIA${word(16, random)}"\n}\n`,
    ),
  'commit-forge-token': (_finished, random) =>
    secretIn(
      'scripts/release.sh',
      `#!/bin/sh\nTOKEN=ghp_${word(36, random)}\ncurl -H "Authorization: token $TOKEN" "$1"\n`,
    ),
  'commit-private-key': (_finished, random) => {
    const lines = Array.from({ length: 8 }, () => word(64, random)).join('\n');
    const kind = ['RSA', 'PRIVATE KEY'].join(' ');
    return secretIn('deploy/id_rsa', `-----BEGIN ${kind}-----\n${lines}\n-----END ${kind}-----\n`);
  },
};

/** What lies in a worker's tree at the end of its features. */
export function treeAtEnd(base: Tree, works: readonly { readonly changes: Tree }[]): Tree {
  return works.reduce<Tree>((tree, { changes }) => ({ ...tree, ...changes }), base);
}
