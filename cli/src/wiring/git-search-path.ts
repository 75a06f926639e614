/** Where the services look for Git. */
export { DEFAULT_SEARCH_PATH as gitSearchPath } from '@missions/workspace/git';
