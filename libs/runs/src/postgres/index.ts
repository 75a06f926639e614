export * from './postgres-run-desk.ts';
export * from './run-alerts.ts';
export * from './run-outlooks.ts';
export * from './run-rows.ts';
export * from './wall-clock-rows.ts';
