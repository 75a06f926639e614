import type { ServiceDefinition } from '@missions/runtime';
import { WorkerModule } from './worker.module.ts';

export const workerService: ServiceDefinition = { name: 'worker', module: WorkerModule };
