import { runService } from '@missions/runtime';
import { agentsService } from './service.ts';

await runService(agentsService);
