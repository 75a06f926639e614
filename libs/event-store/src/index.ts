export * from './artifact-store.ts';
export * from './audit.ts';
export * from './event-store.ts';
export * from './feed.ts';
export { MAX_EVENT_BYTES } from './prepared-append.ts';
export * from './reliably.ts';
export * from './store-unavailable.ts';
export * from './upcasting.ts';
export type { ChainedEvent } from './hash-chain.ts';
