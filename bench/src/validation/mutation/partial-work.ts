import type { Case, Work } from '../corpus/case.ts';
import type { CorrectWorker } from '../corpus/worker.ts';

export interface NamedMutant {
  readonly operator: string;
  readonly mutant: Case;
}

/** A feature is said to be done of which only tests and words are there. */
export function partialWork(workers: readonly CorrectWorker[]): readonly NamedMutant[] {
  return workers.flatMap(({ played }) => {
    const last = played.works.at(-1);
    const assertion = last && provenOnlyBy(played, last);
    if (!last || assertion === undefined) return [];
    const said = Object.entries(last.changes).filter(([path]) => isWords(path));
    if (said.length === 0) return [];
    const works = [...played.works.slice(0, -1), { ...last, changes: Object.fromEntries(said) }];
    const mutant: Case = {
      ...played,
      name: `${played.name}~claim-only`,
      kind: 'mutant',
      about: `${last.featureId} is claimed, but only its words are there, seen by ${assertion}`,
      works,
      killers: [{ assertion }],
    };
    return [{ operator: 'claim-only', mutant }];
  });
}

function isWords(path: string): boolean {
  return /(?:^|\/)test\/|\.md$/.test(path);
}

function provenOnlyBy({ product: { proposal } }: Case, { featureId }: Work): string | undefined {
  const feature = proposal.plan.features.find(({ id }) => id === featureId);
  return proposal.contract.assertions.find(
    ({ id, type }) => type !== 'non_regression' && feature?.fulfils.includes(id) === true,
  )?.id;
}
