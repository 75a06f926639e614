import type { ArtifactStore, EventStore } from '@missions/event-store';
import type { Bus, Poker, PokeSource, Requester, Responder } from '@missions/bus';
import type { Clock, Redactor } from '@missions/kernel';
import type { MissionsConfig } from '../config/missions-config.schema.ts';
import type { ServiceEnvironment } from '../config/service-environment.ts';

import type { Database } from '../connections/service-store.ts';
import type { Metrics } from '../health/metrics.ts';
import type { Readiness } from '../health/readiness.ts';
import type { Background } from '../lifecycle/background.ts';
import type { Logger } from '../logging/logger.ts';
import { token } from './token.ts';

// What the runtime provides to every module of a service.
export const CONFIG = token<MissionsConfig>('CONFIG');
export const ENVIRONMENT = token<ServiceEnvironment>('ENVIRONMENT');
export const LOGGER = token<Logger>('LOGGER');
export const CLOCK = token<Clock>('CLOCK');
export const REDACTOR = token<Redactor>('REDACTOR');
export const METRICS = token<Metrics>('METRICS');
export const READINESS = token<Readiness>('READINESS');
export const BACKGROUND = token<Background>('BACKGROUND');
/** Aborts when the service is asked to stop. */
export const STOP_SIGNAL = token<AbortSignal>('STOP_SIGNAL');
export const EVENT_STORE = token<EventStore>('EVENT_STORE');
/** For a module's own tables: `database.$extendTables<MyTables>()`. */
export const DATABASE = token<Database>('DATABASE');
export const ARTIFACT_STORE = token<ArtifactStore>('ARTIFACT_STORE');
export const BUS = token<Bus>('BUS');
export const POKER = token<Poker>('POKER');
export const POKE_SOURCE = token<PokeSource>('POKE_SOURCE');
export const REQUESTER = token<Requester>('REQUESTER');
export const RESPONDER = token<Responder>('RESPONDER');
