import 'reflect-metadata';
import { Controller, Module, type INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx, EventPattern, MessagePattern, Payload, Transport } from '@nestjs/microservices';
import { MemoryEventStore } from '@missions/event-store/memory';
import type { EventEnvelope } from '@missions/kernel';
import { settle } from '@missions/testing';
import { from, type Observable } from 'rxjs';
import { BusError } from '../bus-error.ts';
import { someEvents } from '../conformance/scene.ts';
import { MemoryBroker, MemoryCursors } from '../memory/index.ts';
import { pokingStore } from '../poking-store.ts';
import { EventRpcContext, EventsOf, JetStreamStrategy } from './jetstream.strategy.ts';

const seen: string[] = [];
let failure: { readonly left: number; readonly error: Error } | undefined;

@Controller()
class MissionHandlers {
  @EventsOf('mission-*')
  async everything(@Payload() event: EventEnvelope): Promise<void> {
    await Promise.resolve();
    seen.push(`all ${event.stream}/${String(event.version)}`);
  }

  @EventsOf('mission-*/MissionApproved')
  async approved(@Payload() event: EventEnvelope, @Ctx() context: EventRpcContext): Promise<void> {
    const note = { ...someEvents(1)[0], id: `note-of-${event.id}`, type: 'Noted' };
    await context.tx.append({
      stream: `resources-${event.stream}`,
      expectedVersion: 'any',
      events: [note as never],
    });
    context.afterCommit(() => seen.push('committed'));
    failIfDue();
  }

  @EventsOf('run-*')
  streamed(@Payload() event: EventEnvelope): Observable<void> {
    return from(Promise.resolve().then(() => void seen.push(`run ${event.stream}`)));
  }

  @EventPattern('mission-*', Transport.NATS)
  untouched(@Payload() _event: EventEnvelope): void {
    seen.push('a handler of another transport');
  }

  @MessagePattern('cmd.decide')
  command(): void {
    seen.push('a command');
  }
}

@Module({ controllers: [MissionHandlers] })
class TestModule {}

describe('Nest handlers over the consumer', () => {
  let app: INestMicroservice;
  let store: MemoryEventStore;
  let cursors: MemoryCursors;
  beforeEach(async () => {
    seen.length = 0;
    failure = undefined;
    const bus = new MemoryBroker().connect();
    const log = new MemoryEventStore();
    store = pokingStore(log, bus) as MemoryEventStore;
    cursors = new MemoryCursors();
    const strategy = new JetStreamStrategy(
      { store, cursors, bus },
      {
        service: 'decide',
        locks: (event) => [`resources-${event.stream}`],
        retry: { tries: 3, firstDelayMs: 1, maxDelayMs: 1 },
        sweepEveryMs: 20,
      },
    );
    app = await NestFactory.createMicroservice(TestModule, { strategy, logger: false });
    await app.listen();
  });
  afterEach(() => app.close());

  const happens = async (stream: string, type: string): Promise<void> => {
    const [event] = someEvents(1);
    await store.append({ stream, expectedVersion: 'any', events: [{ ...event, type } as never] });
  };

  it('run for the streams and types they name, one after another, and for no others', async () => {
    await happens('mission-a', 'MissionDrafted');
    await happens('mission-a', 'MissionApproved');
    await settle(() => seen.includes('committed'));
    expect(seen).toEqual(['all mission-a/1', 'all mission-a/2', 'committed']);
  });

  it('may answer with an Observable, which is waited for', async () => {
    await happens('run-1', 'TurnRecorded');
    await settle(() => seen.length === 1);
    expect(seen).toEqual(['run run-1']);
    await settle(async () => (await cursors.position('decide', 'run-1')).version === 1);
  });

  it('write in the transaction of the cursor: a failing one leaves nothing behind', async () => {
    failure = { left: 2, error: new Error('not yet') };
    await happens('mission-a', 'MissionApproved');
    await settle(() => seen.includes('committed'));
    expect(await store.read('resources-mission-a')).toHaveLength(1);
    expect(seen.filter((line) => line === 'committed')).toHaveLength(1);
  });

  it('are parked with their own words', async () => {
    failure = { left: Infinity, error: new Error('cannot be approved') };
    await happens('mission-a', 'MissionApproved');
    const [parked] = await settle(async () => {
      const all = await cursors.listParked('decide');
      return all.length > 0 && all;
    });
    expect(parked).toMatchObject({ stream: 'mission-a', version: 1, error: 'Error: cannot be approved' });
    expect(await store.read('resources-mission-a')).toEqual([]);
  });

  it('are tried without end when the fault is transient', async () => {
    failure = { left: 7, error: new BusError('BUS_TIMEOUT', 'later') };
    await happens('mission-a', 'MissionApproved');
    await settle(() => seen.includes('committed'));
    expect(await cursors.listParked()).toEqual([]);
  });
});

function failIfDue(): void {
  if (!failure || failure.left <= 0) return;
  failure = { ...failure, left: failure.left - 1 };
  throw failure.error;
}
