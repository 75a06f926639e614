export * from './anthropic-model.ts';
export * from './create-anthropic-model.ts';
