export * from './content.ts';
export * from './model-error.ts';
export * from './model.ts';
export * from './price.ts';
export * from './reply.ts';
export * from './request.ts';
export * from './run-header.ts';
