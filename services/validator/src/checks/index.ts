export { runChecks, type ChecksDone, type ChecksRequest } from './run-checks.ts';
