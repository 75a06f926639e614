export * from './run-world.ts';
