import 'reflect-metadata';
import type { DynamicModule, INestApplicationContext, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { CustomTransportStrategy, MicroserviceOptions } from '@nestjs/microservices';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { NestLogger } from '../logging/nest-logger.ts';
import { RequestReplyStrategy } from '../nest/request-reply.strategy.ts';
import { BACKGROUND, READINESS } from '../nest/runtime-tokens.ts';
import { runtimeModule } from '../nest/runtime.module.ts';
import { partOf } from '../nest/token.ts';
import type { ServiceName, ServiceParts } from './service-parts.ts';

/** What makes a service this service: its name and its modules. */
export interface ServiceDefinition {
  readonly name: ServiceName;
  readonly module: Type | DynamicModule;
  /** Transports besides request/reply, such as the consumer of events. */
  readonly strategies?: (app: INestApplicationContext) => readonly CustomTransportStrategy[];
}

export interface RunningService {
  /** Where health, metrics and the service's own HTTP routes answer. */
  readonly port: number;
  readonly app: INestApplicationContext;
  /** After the stop signal: takes no more work, finishes what is under way, closes the app but not store and bus. */
  readonly close: () => Promise<void>;
}

/** Builds and starts a service from its parts; rejects, with everything closed again, when a part cannot start. */
export async function startService(
  definition: ServiceDefinition,
  parts: ServiceParts,
): Promise<RunningService> {
  const app = await NestFactory.create<NestFastifyApplication>(
    runtimeModule(parts, [definition.module]),
    // A stream of server-sent events must not hold up the stop.
    new FastifyAdapter({ forceCloseConnections: true }),
    { logger: new NestLogger(parts.logger), abortOnError: false },
  );
  try {
    connectTransports(app, definition, parts);
    await app.init();
    await app.startAllMicroservices();
    const { host, port } = parts.config.http;
    await app.listen(port, host);
  } catch (error) {
    await app.close();
    throw error;
  }
  partOf(app, READINESS).markStarted();
  return {
    app,
    port: portOf(app),
    close: async () => {
      await app.close();
      await partOf(app, BACKGROUND).stopped();
    },
  };
}

function connectTransports(
  app: NestFastifyApplication,
  { strategies }: ServiceDefinition,
  { bus, name }: ServiceParts,
): void {
  const transports = [new RequestReplyStrategy(bus, name), ...(strategies?.(app) ?? [])];
  for (const strategy of transports) app.connectMicroservice<MicroserviceOptions>({ strategy });
}

function portOf(app: NestFastifyApplication): number {
  const address = app.getHttpServer().address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
