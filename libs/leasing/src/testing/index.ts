export * from './histories.ts';
export * from './ledger-laws.ts';
export * from './steps.ts';
export * from './unguarded.ts';
export * from './wants.ts';
