export * from './artifact-store.ts';
export * from './event-store.ts';
export * from './feed.ts';
export * from './store-unavailable.ts';
