export * from './exceeded.ts';
export * from './limits.ts';
export * from './quantile.ts';
export * from './to-finish.ts';
export * from './wall-clock.ts';
