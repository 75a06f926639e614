export * from './given-when-then.ts';
export * from './migrations.ts';
export * from './settle.ts';
export * from './temporary-directory.ts';
export * from './test-database.ts';
export * from './test-nats.ts';
export * from './test-postgres.ts';
export * from './test-run.ts';
