import { runService } from '@missions/runtime';
import { missionControlService } from './service.ts';

await runService(missionControlService);
