import { lineMutants } from '../mutation/mutants.ts';
import { treeMutants } from '../mutation/tree-mutants.ts';
import { products } from '../products/index.ts';
import type { Case } from './case.ts';
import { correctWorkers, faultyWorkers } from './worker.ts';

const eachOperator = 2;

/** All workers that are played: the correct ones, the faulty ones written by hand, and the mutants that a seed picks. */
export function corpus({ seed, all }: { readonly seed: number; readonly all: boolean }): readonly Case[] {
  const byProduct = products.map((product) => ({ product, correct: correctWorkers(product) }));
  const correct = byProduct.flatMap((one) => one.correct);
  const each = all ? Number.POSITIVE_INFINITY : eachOperator;
  return [
    ...correct.map(({ played }) => played),
    ...byProduct.flatMap((one) => faultyWorkers(one.product, one.correct)),
    ...lineMutants(correct, { seed, each }),
    ...treeMutants(correct, { seed, each }),
  ];
}
