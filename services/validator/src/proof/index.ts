export * from './check-expectation.ts';
export * from './proof-engine.ts';
export * from './proof-site.ts';
export { protectedPathFindings } from './protected-paths.ts';
