import type { Bus } from '@missions/bus';
import type { Clock, Redactor } from '@missions/kernel';
import type { MissionsConfig } from '../config/missions-config.schema.ts';
import type { ServiceEnvironment } from '../config/service-environment.ts';
import type { ServiceStore } from '../connections/service-store.ts';
import type { Logger } from '../logging/logger.ts';

/** The services of the system; the orchestrator has two entry points with rights of their own. */
export const serviceNames = [
  'orchestrator-decide',
  'orchestrator-agents',
  'worker',
  'validator',
  'resource-lock',
  'mission-control',
] as const;
export type ServiceName = (typeof serviceNames)[number];

/** Everything a service is given from outside; a test puts its own store and bus here. */
export interface ServiceParts {
  readonly name: ServiceName;
  readonly config: MissionsConfig;
  readonly environment: ServiceEnvironment;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly redactor: Redactor;
  readonly store: ServiceStore;
  readonly bus: Bus;
  /** Aborts when the service is asked to stop. */
  readonly signal: AbortSignal;
}
