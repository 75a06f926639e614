export * from './held-run.ts';
export * from './mission-commander.ts';
export * from './mission-folds.ts';
export * from './run-desk.ts';
export * from './run-slots.ts';
