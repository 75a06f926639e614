export * from './create-openai-compatible-model.ts';
export * from './openai-compatible-model.ts';
