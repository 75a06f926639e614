export { DEFAULT_SEARCH_PATH } from './git-environment.ts';
export { GitMissionRepositories, type MissionRepositoriesOptions } from './git-mission-repositories.ts';
export { GitFault } from './run-git.ts';
export type { Identity } from './store.ts';
