import type { ServiceDefinition } from '@missions/runtime';
import { ResourceLockModule } from './resource-lock.module.ts';

export const resourceLockService: ServiceDefinition = { name: 'resource-lock', module: ResourceLockModule };
