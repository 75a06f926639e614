import { runService } from '@missions/runtime';
import { decideService } from './service.ts';

await runService(decideService);
