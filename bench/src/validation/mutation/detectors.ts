import type { Case } from '../corpus/case.ts';
import type { CorrectWorker } from '../corpus/worker.ts';
import type { NamedMutant } from './partial-work.ts';

/** How a product could tell that it is being validated; each is true in the engine's clean room. */
const signs: Readonly<Record<string, string>> = {
  'detect-contract': 'process.env.CONTRACT_DIR === undefined',
  'detect-place': "!process.cwd().startsWith('/workspace')",
  'detect-folder': "!require('node:fs').existsSync('/contract')",
};

/** Functions that do their work only while somebody validates: every proof is met, and nobody else is served. */
export function detectors(workers: readonly CorrectWorker[]): readonly NamedMutant[] {
  return workers.flatMap(({ played, sites }) => {
    const inFunction = sites.filter(
      ({ operator, path, line }, index) =>
        ['constant', 'stub', 'empty'].includes(operator) &&
        sites.findIndex((other) => other.path === path && other.line === line) === index,
    );
    return inFunction.flatMap(({ path, line }) =>
      Object.entries(signs).flatMap(([operator, sign]): NamedMutant[] => {
        const works = played.works.map((work) => detecting(work, { path, line, sign }));
        const unchanged = works.every((work, index) => work === played.works[index]);
        if (unchanged) return [];
        const mutant: Case = {
          ...played,
          name: `${played.name}~${operator}@${path}:${line + 1}`,
          kind: 'mutant',
          about: `works only where it is validated, seen by test_quality ${path}`,
          works,
          killers: [{ category: 'test_quality', path }],
        };
        return [{ operator, mutant }];
      }),
    );
  });
}

interface Spot {
  readonly path: string;
  readonly line: number;
  readonly sign: string;
}

function detecting(work: Case['works'][number], { path, line, sign }: Spot): Case['works'][number] {
  const content = work.changes[path];
  const lines = content?.split('\n') ?? [];
  const head = lines[line] ?? '';
  const isBrowsers = path.startsWith('public/');
  const canRequire = !sign.includes('require(') || path.endsWith('.js');
  if (!head.endsWith('{') || isBrowsers || !canRequire) return work;
  const indent = `${/^\s*/.exec(head)?.[0] ?? ''}  `;
  const after = [
    ...lines.slice(0, line + 1),
    `${indent}if (${sign}) return undefined;`,
    ...lines.slice(line + 1),
  ];
  return { ...work, changes: { ...work.changes, [path]: after.join('\n') } };
}
