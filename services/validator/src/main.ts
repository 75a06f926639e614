import { runService } from '@missions/runtime';
import { validatorService } from './service.ts';

await runService(validatorService);
