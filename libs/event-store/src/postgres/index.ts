export * from './dump-schema.ts';
export * from './grant-login.ts';
export * from './migrate.ts';
export * from './open-postgres.ts';
export * from './postgres-artifact-store.ts';
export * from './postgres-event-store.ts';
export { openPool, withFaults, type PoolOptions } from './postgres-session.ts';
export * from './tables.ts';
