import type { ServiceDefinition } from '@missions/runtime';
import { MissionControlModule } from './mission-control.module.ts';

export const missionControlService: ServiceDefinition = {
  name: 'mission-control',
  module: MissionControlModule,
};
