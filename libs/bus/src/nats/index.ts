export * from './connect-bus.ts';
export * from './jetstream.strategy.ts';
