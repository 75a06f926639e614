import { runService } from '@missions/runtime';
import { workerService } from './service.ts';

await runService(workerService);
