import type { Evidence } from './evidence.ts';

export const invariants = [
  'I1',
  'I2',
  'I3',
  'I4',
  'I5',
  'I6',
  'I7',
  'I8',
  'I9',
  'I10',
  'I11',
  'I12',
  'I13',
  'I14',
] as const;

export type Invariant = (typeof invariants)[number];

/** Something that must never be, with where it was seen. */
export interface Violation {
  readonly invariant: Invariant;
  readonly what: string;
}

/** Looks for violations of one invariant; empty when it holds as far as it can be seen. */
export type Check = (evidence: Evidence) => readonly string[];
