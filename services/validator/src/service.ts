import type { ServiceDefinition } from '@missions/runtime';
import { ValidatorModule } from './validator.module.ts';

export const validatorService: ServiceDefinition = { name: 'validator', module: ValidatorModule };
