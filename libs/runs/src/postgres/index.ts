export * from './postgres-run-desk.ts';
export * from './run-rows.ts';
