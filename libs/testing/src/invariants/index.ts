export * from './check-invariants.ts';
export type * from './evidence.ts';
export * from './violation.ts';
