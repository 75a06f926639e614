export * from './create-recorded-model.ts';
export * from './recorded-model.ts';
export * from './recording.ts';
