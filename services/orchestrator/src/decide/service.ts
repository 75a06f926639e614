import type { ServiceDefinition } from '@missions/runtime';
import { DecideModule } from './decide.module.ts';

export const decideService: ServiceDefinition = { name: 'orchestrator-decide', module: DecideModule };
