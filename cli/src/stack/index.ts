export * from './stack-options.ts';
export * from './start-stack.ts';
