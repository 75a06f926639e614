export * from './bus-fixture.ts';
export * from './describe-bus.ts';
