import { MemoryBroker } from '@missions/bus/memory';
import { MemoryArtifactStore, MemoryEventStore } from '@missions/event-store/memory';
import { createRedactor, DomainError, systemClock } from '@missions/kernel';
import { Inject, Module, type OnApplicationBootstrap } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { z } from 'zod';
import { missionsConfigSchema } from '../config/missions-config.schema.ts';
import { readServiceEnvironment } from '../config/service-environment.ts';
import type { ServiceStore } from '../connections/service-store.ts';
import type { Background } from '../lifecycle/background.ts';
import { createLogger } from '../logging/logger.ts';
import { RequestController } from '../nest/request.controller.ts';
import { BACKGROUND, CONFIG } from '../nest/runtime-tokens.ts';
import { provide, token } from '../nest/token.ts';
import { startService, type RunningService } from './start-service.ts';

const greetingSchema = z.strictObject({ name: z.string().min(1) });
const GREETING = token<string>('GREETING');
const worked: string[] = [];

@RequestController()
class GreetingController implements OnApplicationBootstrap {
  constructor(
    @Inject(GREETING) private readonly greeting: string,
    @Inject(BACKGROUND) private readonly background: Background,
  ) {}

  onApplicationBootstrap(): void {
    this.background.start('loop', (signal) => {
      return new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          worked.push('ended');
          resolve();
        });
      });
    });
  }

  @MessagePattern('cmd.greeting.greet')
  greet(@Payload({ schema: greetingSchema }) { name }: z.infer<typeof greetingSchema>): string {
    if (name === 'nobody') throw new DomainError('NOBODY_THERE', 'There is nobody.', { name });
    if (name === 'fault') throw new Error('a fault');
    return `${this.greeting} ${name}`;
  }
}

@Module({
  controllers: [GreetingController],
  providers: [provide(GREETING, [CONFIG], ({ http }) => `from ${http.host}:`)],
})
class GreetingModule {}

let isThere = true;
const store: ServiceStore = {
  events: new MemoryEventStore(),
  artifacts: new MemoryArtifactStore(),
  database: {} as ServiceStore['database'],
  ping: () => (isThere ? Promise.resolve() : Promise.reject(new Error('gone'))),
  close: () => Promise.resolve(),
};

describe('a running service', () => {
  const broker = new MemoryBroker();
  const stopping = new AbortController();
  let service: RunningService;

  beforeAll(async () => {
    const redactor = createRedactor({ secrets: [] });
    service = await startService(
      { name: 'worker', module: GreetingModule },
      {
        name: 'worker',
        config: missionsConfigSchema.parse({}),
        environment: readServiceEnvironment({
          MISSIONS_DATABASE_URL: 'postgres://nowhere',
          MISSIONS_NATS_URL: 'nats://nowhere',
          MISSIONS_STATE: '/nowhere',
        }),
        logger: createLogger({ service: 'worker', level: 'silent', redactor }),
        redactor,
        clock: systemClock,
        store,
        bus: broker.connect(),
        signal: stopping.signal,
      },
    );
  });

  const ask = (payload: unknown): Promise<unknown> =>
    broker.connect().request('cmd.greeting.greet', payload, { timeoutMs: 5000 });
  const ready = async (): Promise<Response> => fetch(`http://127.0.0.1:${service.port}/health/ready`);

  it('answers requests with the parts of its modules', async () => {
    expect(await ask({ name: 'Ada' })).toBe('from 127.0.0.1: Ada');
  });

  it('passes a refusal on as it is, and a fault as a fault', async () => {
    await expect(ask({ name: 'nobody' })).rejects.toMatchObject({
      code: 'NOBODY_THERE',
      evidence: { name: 'nobody' },
    });
    await expect(ask({ name: 'fault' })).rejects.toMatchObject({ code: 'BUS_REMOTE_FAULT' });
  });

  it('refuses a malformed request with every fault', async () => {
    await expect(ask({ nmae: 'Ada' })).rejects.toMatchObject({
      code: 'MALFORMED_COMMAND',
      evidence: { faults: [{ path: 'name' }, { path: '' }] },
    });
  });

  it('is ready only while what it needs is there', async () => {
    expect((await ready()).status).toBe(200);
    isThere = false;
    const response = await ready();
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ ready: false, checks: { postgres: 'gone' } });
    isThere = true;
  });

  it('stops: not ready, its loops ended, nothing answered any more', async () => {
    stopping.abort();
    expect((await ready()).status).toBe(503);
    await service.close();
    expect(worked).toEqual(['ended']);
    await expect(ask({ name: 'Ada' })).rejects.toMatchObject({ code: 'BUS_NO_RESPONDERS' });
  });
});
