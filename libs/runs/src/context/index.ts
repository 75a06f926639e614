export { fenced, neutral, neutralLine } from './hostile-text.ts';
export * from './material-of-run.ts';
export * from './repository-material.ts';
export type { CommitSource } from './commit-files.ts';
