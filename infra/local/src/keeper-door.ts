export * from './keep.ts';
export * from './keeper.ts';
export * from './process-identity.ts';
export * from './process-record.ts';
export * from './state-directory.ts';
