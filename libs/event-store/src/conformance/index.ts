export * from './describe-artifact-store.ts';
export * from './describe-event-store.ts';
export * from './event-store-fixture.ts';
export * from './some-events.ts';
