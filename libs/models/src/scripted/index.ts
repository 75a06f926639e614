export * from './load-script.ts';
export * from './parse-script.ts';
export * from './script.ts';
export * from './scripted-model.ts';
