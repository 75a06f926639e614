import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import { proposedSchema } from '@missions/mission';
import { parseArchive, type Tree } from './archive.ts';
import type { Product } from './case.ts';

type Proposed = z.input<typeof proposedSchema>;
type Assertion = Proposed['contract']['assertions'][number];
type Feature = Proposed['plan']['features'][number];

/** A product in the words of a planner; what is left out follows from the files of its contract. */
export interface ProductDefinition {
  readonly name: string;
  readonly goal: string;
  readonly test?: string;
  readonly services?: Proposed['plan']['services'];
  readonly protected?: Proposed['contract']['protected'];
  readonly features: readonly Omit<Feature, 'milestoneId'>[];
  readonly assertions: readonly (Omit<Assertion, 'proof'> & { readonly proof?: Assertion['proof'] })[];
}

/** Where the trees of the corpus lie, seen from sources and from compiled files alike. */
export const corpusFolder = new URL('../../../validation/', import.meta.url);

export function productOf(definition: ProductDefinition): Product {
  const { name, goal, features, services = [], test = 'npm test' } = definition;
  const files = archiveOf(name, 'contract');
  const assertions = definition.assertions.map((assertion) => ({
    traces: ['REQ-1'],
    ...assertion,
    proof: { ...(assertion.proof ?? proofBy(assertion.id)), files: filesOf(files, assertion.id) },
  }));
  const proposal = proposedSchema.parse({
    kind: 'proposed',
    brief: { title: name, goal, requirements: [{ id: 'REQ-1', text: goal }], environment: { test } },
    plan: {
      services,
      milestones: [{ id: 'M1', title: 'All of it' }],
      features: features.map((feature) => ({ milestoneId: 'M1', ...feature })),
    },
    contract: { assertions, protected: definition.protected ?? [] },
  });
  return { name, base: archiveOf(name, 'base'), proposal };
}

function archiveOf(product: string, name: string): Tree {
  const text = readFileSync(new URL(`${product}/${name}.txt`, corpusFolder), 'utf8');
  return parseArchive(text)[0]?.files ?? {};
}

function filesOf(files: Tree, id: string): { readonly path: string; readonly content: string }[] {
  return Object.entries(files).flatMap(([path, content = '']) =>
    path.startsWith(`${id}/`) ? [{ path: path.slice(id.length + 1), content }] : [],
  );
}

/** A program of the contract's own that says so when the assertion holds: an exit code alone could be the product's. */
function proofBy(id: string): Assertion['proof'] {
  return {
    method: 'command',
    command: `node "$CONTRACT_DIR/${id}/proof.mjs"`,
    expected: { exitCode: 0, stdout: `${id} holds` },
    timeoutSec: 60,
  };
}
