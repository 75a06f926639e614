import { runService } from '@missions/runtime';
import { resourceLockService } from './service.ts';

await runService(resourceLockService);
