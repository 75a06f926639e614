import type { Case, Work } from '../corpus/case.ts';
import { siteText, type Site } from '../corpus/marker.ts';
import type { CorrectWorker } from '../corpus/worker.ts';
import { mutate } from './change.ts';
import { randomFrom, shuffled } from './random.ts';

interface Place {
  readonly worker: CorrectWorker;
  readonly site: Site;
}

export interface MutantChoice {
  readonly seed: number;
  /** How many each operator makes, where it has so many places. */
  readonly each: number;
}

/** Faulty workers made of correct ones: for each operator some of its places, by the seed, of different products where it can. */
export function lineMutants(
  workers: readonly CorrectWorker[],
  { seed, each }: MutantChoice,
): readonly Case[] {
  const random = randomFrom(seed);
  const places = workers.flatMap((worker) => worker.sites.map((site): Place => ({ worker, site })));
  const operators = [...new Set(places.map(({ site }) => site.operator))].toSorted();
  return operators.flatMap((operator) => {
    const own = shuffled(
      places.filter(({ site }) => site.operator === operator),
      random,
    );
    return spread(own).slice(0, each).map(mutantAt);
  });
}

/** One of each product first, then the rest. */
function spread(places: readonly Place[]): readonly Place[] {
  const productOf = ({ worker }: Place): string => worker.played.product.name;
  const firsts = places.filter(
    (place, index) => places.findIndex((other) => productOf(other) === productOf(place)) === index,
  );
  return [...firsts, ...places.filter((place) => !firsts.includes(place))];
}

function mutantAt({ worker, site }: Place): Case {
  const { played } = worker;
  return {
    ...played,
    name: `${played.name}~${site.operator}@${site.path}:${site.line + 1}${numberAt(worker, site)}`,
    kind: 'mutant',
    about: siteText(site),
    works: mutatedWorks(played.works, site),
    killers: [site.killer],
  };
}

/** Two notes of one operator on one line are told apart by their number. */
function numberAt({ sites }: CorrectWorker, site: Site): string {
  const same = sites.filter(
    ({ path, line, operator }) => path === site.path && line === site.line && operator === site.operator,
  );
  return same.length === 1 ? '' : `#${same.indexOf(site) + 1}`;
}

function mutatedWorks(works: readonly Work[], site: Site): readonly Work[] {
  const last = works.findLastIndex(({ changes }) => changes[site.path] !== undefined);
  return works.map((work, index) => {
    const content = work.changes[site.path];
    if (index !== last || content === undefined) return work;
    return { ...work, changes: { ...work.changes, [site.path]: mutate(content, site) } };
  });
}
