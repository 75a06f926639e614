import type { Case, Work } from '../corpus/case.ts';
import { killerText } from '../corpus/killer.ts';
import type { CorrectWorker } from '../corpus/worker.ts';
import { detectors } from './detectors.ts';
import type { MutantChoice } from './mutants.ts';
import { partialWork } from './partial-work.ts';
import { productTricks, treeAtEnd } from './product-tricks.ts';
import { randomFrom, shuffled } from './random.ts';
import { suiteOperators, type Tampering, type TreeOperator } from './suite.ts';

const operators: Readonly<Record<string, TreeOperator>> = { ...suiteOperators, ...productTricks };

/** Faulty workers whose whole tree is tampered with: for each operator some workers of different products, by the seed. */
export function treeMutants(
  workers: readonly CorrectWorker[],
  { seed, each }: MutantChoice,
): readonly Case[] {
  const random = randomFrom(seed + 1);
  const tampered = Object.entries(operators).flatMap(([name, operator]) =>
    spread(shuffled(workers, random))
      .flatMap((worker) => tamper(worker, { name, operator, random }) ?? [])
      .slice(0, each),
  );
  const rest = [...partialWork(workers), ...detectors(workers)];
  const names = [...new Set(rest.map(({ operator }) => operator))];
  const chosen = names.flatMap((name) =>
    shuffled(
      rest.filter(({ operator }) => operator === name),
      random,
    ).slice(0, each),
  );
  return [...tampered, ...chosen.map(({ mutant }) => mutant)];
}

/** One worker of each product first. */
function spread(workers: readonly CorrectWorker[]): readonly CorrectWorker[] {
  const product = ({ played }: CorrectWorker): string => played.product.name;
  const firsts = workers.filter(
    (worker, index) => workers.findIndex((other) => product(other) === product(worker)) === index,
  );
  return [...firsts, ...workers.filter((worker) => !firsts.includes(worker))];
}

interface Tool {
  readonly name: string;
  readonly operator: TreeOperator;
  readonly random: () => number;
}

function tamper({ played }: CorrectWorker, { name, operator, random }: Tool): Case | undefined {
  const { base } = played.product;
  const tampering = operator({ played, base, end: treeAtEnd(base, played.works) }, random);
  if (!tampering) return undefined;
  return {
    ...played,
    name: `${played.name}~${name}`,
    kind: 'mutant',
    about: `${name} in ${Object.keys(tampering.changes).join(', ')}, seen by ${killerText(tampering.killer)}`,
    works: withChanges(played.works, tampering),
    killers: [tampering.killer],
  };
}

function withChanges(works: readonly Work[], { changes, at }: Tampering): readonly Work[] {
  const place = at === 'first' ? 0 : works.length - 1;
  return works.map((work, index) =>
    index === place ? { ...work, changes: { ...work.changes, ...changes } } : work,
  );
}
