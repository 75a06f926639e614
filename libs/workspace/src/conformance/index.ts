export * from './person-repository.ts';
export * from './test-sandbox.ts';
