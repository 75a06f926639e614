export * from './chronicle.ts';
export * from './chronicle-of.ts';
export * from './trace.ts';
