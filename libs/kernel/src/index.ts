export * from './actor.ts';
export * from './clock.ts';
export * from './decider.ts';
export * from './envelope.ts';
export * from './errors.ts';
export * from './redaction.ts';
export * from './secret-patterns.ts';
export type { Secret } from './secret-scan.ts';
