import type { ServiceDefinition } from '@missions/runtime';
import { AgentsModule } from './agents.module.ts';

export const agentsService: ServiceDefinition = { name: 'orchestrator-agents', module: AgentsModule };
