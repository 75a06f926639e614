export * from './memory-artifact-store.ts';
export * from './memory-event-store.ts';
