export * from './actor.ts';
export * from './clock.ts';
export * from './decider.ts';
export * from './envelope.ts';
export * from './errors.ts';
