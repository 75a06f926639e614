export * from './budget.ts';
export * from './outcome.ts';
export * from './steering.ts';
export * from './tool.ts';
export * from './transcript/facts.ts';
export * from './transcript/transcript.ts';
