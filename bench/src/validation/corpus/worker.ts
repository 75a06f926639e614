import { readdirSync, readFileSync } from 'node:fs';
import { parseArchive, type Tree } from './archive.ts';
import type { Case, Product, Work } from './case.ts';
import { parseKiller } from './killer.ts';
import { sitesOf, withoutNotes, type Site } from './marker.ts';
import { corpusFolder } from './product.ts';

/** A correct worker, and the places where an operator may make it a faulty one. */
export interface CorrectWorker {
  readonly played: Case;
  readonly sites: readonly Site[];
}

/** The correct workers of a product: every archive beside `base` and `contract`. */
export function correctWorkers(product: Product): readonly CorrectWorker[] {
  const names = readdirSync(new URL(`${product.name}/`, corpusFolder)).toSorted();
  return names
    .filter((name) => name.endsWith('.txt') && !['base.txt', 'contract.txt'].includes(name))
    .map((name) => workerOf(product, name.slice(0, -'.txt'.length)));
}

function workerOf(product: Product, style: string): CorrectWorker {
  const { about, works } = worksIn(product, `${product.name}/${style}.txt`);
  const played: Case = {
    name: `${product.name}/${style}`,
    kind: 'correct',
    about,
    product,
    works: works.map((work) => ({ ...work, changes: bare(work.changes) })),
    killers: [],
  };
  return { played, sites: works.flatMap((work, index) => sitesIn(work, works.slice(index + 1))) };
}

/** A faulty worker written by hand begins as a correct one and says in what it differs, and what must be named. */
export function faultyWorkers(product: Product, correct: readonly CorrectWorker[]): readonly Case[] {
  const folder = new URL(`${product.name}/faulty/`, corpusFolder);
  return readdirSync(folder)
    .filter((file) => file.endsWith('.txt'))
    .toSorted()
    .map((file) => faultyOf(product, { name: file.slice(0, -'.txt'.length), correct }));
}

function faultyOf(
  product: Product,
  { name, correct }: { readonly name: string; readonly correct: readonly CorrectWorker[] },
): Case {
  const { about, works } = worksIn(product, `${product.name}/faulty/${name}.txt`);
  const like = /^like: (.*)$/m.exec(about)?.[1];
  const origin = correct.find(({ played }) => played.name === `${product.name}/${String(like)}`);
  const killers = [...about.matchAll(/^caught by: (.*)$/gm)].map(([, killer = '']) => parseKiller(killer));
  if (killers.length === 0) throw new Error(`${product.name}/faulty/${name} does not say what catches it.`);
  return {
    name: `${product.name}/${name}`,
    kind: 'hand',
    about: about.replaceAll(/^(?:like|caught by): .*$/gm, '').trim(),
    product,
    works: merged(origin?.played.works ?? [], works),
    killers,
  };
}

/** What differs replaces what the origin does in the same feature, file by file. */
function merged(origin: readonly Work[], differing: readonly Work[]): readonly Work[] {
  if (origin.length === 0) return differing;
  return origin.map((work) => {
    const other = differing.find(({ featureId }) => featureId === work.featureId);
    if (!other) return work;
    return { ...work, claim: other.claim, changes: { ...work.changes, ...other.changes } };
  });
}

function worksIn(
  { base, proposal }: Product,
  path: string,
): { readonly about: string; readonly works: readonly Work[] } {
  const parts = parseArchive(readFileSync(new URL(path, corpusFolder), 'utf8'));
  const about = parts.find(({ heading }) => !heading.startsWith('F-'));
  const works = parts.filter((part) => part !== about).map(({ heading, files }) => workOf(heading, files));
  const unknown = works.find(({ featureId }) => !proposal.plan.features.some(({ id }) => id === featureId));
  if (unknown) throw new Error(`${path} builds ${unknown.featureId}, which the plan does not have.`);
  const deleted = works.flatMap(({ changes }) => Object.keys(changes).filter((file) => !changes[file]));
  const absent = deleted.find((file) => base[file] === undefined);
  if (absent !== undefined) throw new Error(`${path} deletes ${absent}, which the base does not have.`);
  return { about: [about?.heading, about?.text].join('\n').trim(), works };
}

/** `F-001 what the worker says`: a success, as everybody claims. */
function workOf(heading: string, changes: Tree): Work {
  const [featureId = '', ...words] = heading.split(' ');
  const said = words.join(' ') || 'Done.';
  const claim = {
    outcome: 'success' as const,
    salientSummary: said,
    whatWasImplemented: [said],
    whatWasLeftUndone: [],
  };
  return { featureId, changes, claim };
}

function bare(changes: Tree): Tree {
  return Object.fromEntries(
    Object.entries(changes).map(([path, content]) => [
      path,
      content === undefined ? undefined : withoutNotes(content),
    ]),
  );
}

function sitesIn({ changes }: Work, later: readonly Work[]): readonly Site[] {
  const sites = Object.entries(changes).flatMap(([path, content = '']) => sitesOf(path, content));
  const lost = sites.find(({ path }) => later.some((work) => path in work.changes));
  if (lost)
    throw new Error(`A later feature overwrites ${lost.path}: its note on line ${lost.line} is lost.`);
  return sites;
}
