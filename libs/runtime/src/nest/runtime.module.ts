import { Module, type DynamicModule } from '@nestjs/common';
import { HealthController } from '../health/health.controller.ts';
import { Metrics } from '../health/metrics.ts';
import { Readiness } from '../health/readiness.ts';
import { Background } from '../lifecycle/background.ts';
import type { ServiceParts } from '../service/service-parts.ts';
import * as tokens from './runtime-tokens.ts';
import { provide } from './token.ts';

@Module({})
class RuntimeModule {}

/** What every service finds provided, whatever its modules: global, so that no module imports it. */
export function runtimeModule(parts: ServiceParts, imports: DynamicModule['imports']): DynamicModule {
  const { store, bus } = parts;
  const providers = [
    provide(tokens.CONFIG, [], () => parts.config),
    provide(tokens.ENVIRONMENT, [], () => parts.environment),
    provide(tokens.LOGGER, [], () => parts.logger),
    provide(tokens.CLOCK, [], () => parts.clock),
    provide(tokens.REDACTOR, [], () => parts.redactor),
    provide(tokens.STOP_SIGNAL, [], () => parts.signal),
    provide(tokens.METRICS, [], () => new Metrics(parts.name)),
    provide(tokens.READINESS, [], () => readinessOf(parts)),
    provide(tokens.BACKGROUND, [], () => new Background(parts.signal, parts.logger)),
    provide(tokens.EVENT_STORE, [], () => store.events),
    provide(tokens.DATABASE, [], () => store.database),
    provide(tokens.ARTIFACT_STORE, [], () => store.artifacts),
    provide(tokens.BUS, [], () => bus),
    provide(tokens.POKER, [], () => bus),
    provide(tokens.POKE_SOURCE, [], () => bus),
    provide(tokens.REQUESTER, [], () => bus),
    provide(tokens.RESPONDER, [], () => bus),
  ];
  return {
    module: RuntimeModule,
    global: true,
    imports: [...(imports ?? [])],
    controllers: [HealthController],
    providers,
    exports: providers.map((provider) => provider.provide),
  };
}

// The bus is the doorbell: without it a service still works, by polling, so it is shown but not waited for.
function readinessOf({ signal, store }: ServiceParts): Readiness {
  const readiness = new Readiness(signal);
  readiness.add({ name: 'postgres', check: () => store.ping() });
  return readiness;
}
