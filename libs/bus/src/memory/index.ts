export * from './memory-broker.ts';
export * from './memory-bus.ts';
export * from './memory-cursors.ts';
export * from './memory-hub.ts';
