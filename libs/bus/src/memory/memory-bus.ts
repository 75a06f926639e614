import { isConflict, isRefusal } from '@missions/kernel';
import type { Bus, BusStatus } from '../bus.ts';
import { BusError } from '../bus-error.ts';
import type { Deliveries, DeliveryRequest } from '../delivery-source.ts';
import type { Poke } from '../pokes.ts';
import type { RelayedMessage, RelayMark, Tail } from '../relay-target.ts';
import type { RequestOptions } from '../request-reply.ts';
import type { Subscription } from '../subscription.ts';
import type { StreamDefinition } from '../topology.ts';
import type { MemoryHub } from './memory-hub.ts';

const POKES = 'poke';

/** One connection to a `MemoryBroker`; behaves as the NATS adapter does, without a server. */
export class MemoryBus implements Bus {
  readonly #hub: MemoryHub;
  readonly #open = new Set<Subscription>();
  #closed = false;

  constructor(hub: MemoryHub) {
    this.#hub = hub;
  }

  poke(stream: string, version: number): void {
    if (!this.#isConnected()) return;
    const listeners = this.#hub.pokes.chosen(POKES);
    queueMicrotask(() => {
      for (const listener of listeners) listener({ stream, version });
    });
  }

  onPoke(handler: (poke: Poke) => void, options?: { readonly group?: string }): Subscription {
    const remove = this.#hub.pokes.add(POKES, handler, options?.group);
    const stop = (): Promise<void> => {
      remove();
      return Promise.resolve();
    };
    return this.#keep({ stop });
  }

  async tail(stream: StreamDefinition, isInLog: (mark: RelayMark) => Promise<boolean>): Promise<Tail> {
    this.#requireConnection();
    return this.#hub.stream(stream.name).tail(isInLog);
  }

  async publish(
    stream: StreamDefinition,
    after: number,
    messages: readonly RelayedMessage[],
  ): Promise<number> {
    this.#requireConnection();
    await Promise.resolve();
    return this.#hub.publish(stream.name, after, messages);
  }

  deliver(request: DeliveryRequest): Deliveries {
    const deliveries = this.#hub.deliver(request);
    this.#keep(deliveries);
    return deliveries;
  }

  async request(subject: string, payload: unknown, options: RequestOptions): Promise<unknown> {
    this.#requireConnection();
    const [responder] = this.#hub.responders.chosen(subject);
    if (!responder) throw new BusError('BUS_NO_RESPONDERS', `Nobody answers on ${subject}.`);
    const reply = await within(responder(throughJson(payload)), subject, options);
    return throughJson(reply);
  }

  respond(subject: string, queue: string, handler: (payload: unknown) => Promise<unknown>): Subscription {
    const running = new Set<Promise<unknown>>();
    const answer = (payload: unknown): Promise<unknown> => {
      const reply = answered(handler, payload).finally(() => running.delete(reply));
      running.add(reply);
      return reply;
    };
    const remove = this.#hub.responders.add(subject, answer, queue);
    const stop = async (): Promise<void> => {
      remove();
      await Promise.allSettled([...running]);
    };
    return this.#keep({ stop });
  }

  status(): BusStatus {
    return {
      connected: this.#isConnected(),
      server: 'memory',
      disconnects: 0,
      lastError: undefined,
    };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open].map((subscription) => subscription.stop()));
    this.#open.clear();
    this.#closed = true;
  }

  #isConnected(): boolean {
    return !this.#closed && this.#hub.isUp;
  }

  #requireConnection(): void {
    if (this.#closed) throw new BusError('BUS_DISCONNECTED', 'The connection was closed.');
    this.#hub.requireUp();
  }

  #keep(subscription: Subscription): Subscription {
    this.#open.add(subscription);
    return subscription;
  }
}

async function answered(handler: (payload: unknown) => Promise<unknown>, payload: unknown): Promise<unknown> {
  try {
    return await handler(payload);
  } catch (error) {
    if (isRefusal(error) || isConflict(error)) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new BusError('BUS_REMOTE_FAULT', message, { cause: error });
  }
}

/** The reply, or a typed error once the limit has passed or the caller gave up. */
async function within(
  reply: Promise<unknown>,
  subject: string,
  { timeoutMs, signal }: RequestOptions,
): Promise<unknown> {
  const limit = AbortSignal.timeout(timeoutMs);
  const given = signal ? AbortSignal.any([limit, signal]) : limit;
  const gaveUp = new Promise<never>((_, reject) => {
    const refuse = (): void => {
      reject(
        limit.aborted
          ? new BusError('BUS_TIMEOUT', `No answer on ${subject} within ${String(timeoutMs)} ms.`)
          : new BusError('BUS_ABORTED', `The request on ${subject} was given up.`),
      );
    };
    if (given.aborted) refuse();
    else given.addEventListener('abort', refuse, { once: true });
  });
  return Promise.race([reply, gaveUp]);
}

/** What a payload is after a way over the wire. */
function throughJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null));
}
