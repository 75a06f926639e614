export { resourceLockService } from './service.ts';
