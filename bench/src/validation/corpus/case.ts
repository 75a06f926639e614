import type { z } from 'zod';
import type { handoffClaimSchema, proposedSchema } from '@missions/mission';
import type { Tree } from './archive.ts';
import type { Killer } from './killer.ts';

/** A small product: what it is before any work, and what was agreed that it becomes. */
export interface Product {
  readonly name: string;
  readonly base: Tree;
  readonly proposal: z.infer<typeof proposedSchema>;
}

/** What a worker leaves behind at the end of one feature, and what it says about it. */
export interface Work {
  readonly featureId: string;
  readonly changes: Tree;
  readonly claim: z.input<typeof handoffClaimSchema>;
}

/** A worker that is played: its product, its work, and what has to be named against it, which no detector is told. */
export interface Case {
  readonly name: string;
  readonly kind: 'correct' | 'hand' | 'mutant';
  /** For people: the style of a correct worker, what is wrong with a faulty one. */
  readonly about: string;
  readonly product: Product;
  readonly works: readonly Work[];
  readonly killers: readonly Killer[];
}
