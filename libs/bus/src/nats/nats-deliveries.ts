import { jetstream, jetstreamManager, type ConsumerMessages, type JsMsg } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { delay } from '@missions/kernel';
import { TopologyError } from '../bus-error.ts';
import type { Deliveries, DeliveryRequest } from '../delivery-source.ts';
import { parsePointer, type EventPointer } from '../pointer.ts';
import { consumersOf, type ConsumerDefinition, type Topology } from '../topology.ts';
import { backoffMs } from '../wakeable-loop.ts';
import { ensureConsumer } from './ensure-topology.ts';
import type { NatsLink } from './nats-link.ts';
import { toBusError } from './to-bus-error.ts';

const REOPEN = { firstMs: 200, maxMs: 2_000 };
const REDELIVERY = { firstMs: 100, maxMs: 10_000 };
const PULL_EXPIRES_MS = 5_000;

/** Follows all partitions of one service, each in a loop that survives lost connections and wiped stores. */
export class NatsDeliveries implements Deliveries {
  readonly ready: Promise<void>;
  readonly #link: NatsLink;
  readonly #request: DeliveryRequest;
  readonly #stopping = new AbortController();
  readonly #open = new Set<ConsumerMessages>();
  readonly #following: readonly Promise<void>[];
  readonly #forgetReconnects: () => void;

  constructor(link: NatsLink, topology: Topology, request: DeliveryRequest) {
    this.#link = link;
    this.#request = request;
    const first = consumersOf(request.service, topology).map((definition) => {
      const opened = Promise.withResolvers<undefined>();
      return { following: this.#follow(definition, opened), opened: opened.promise };
    });
    this.#following = first.map(({ following }) => following);
    this.ready = Promise.all(first.map(({ opened }) => opened)).then(() => undefined);
    this.ready.catch(() => undefined);
    this.#forgetReconnects = link.onReconnect(() => {
      this.#closeOpen();
    });
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('Stopped.'));
    this.#forgetReconnects();
    this.#closeOpen();
    await Promise.all(this.#following);
  }

  #closeOpen(): void {
    for (const messages of this.#open) messages.stop();
  }

  async #follow(definition: ConsumerDefinition, opened: PromiseWithResolvers<undefined>): Promise<void> {
    const { signal } = this.#stopping;
    let failures = 0;
    while (!signal.aborted) {
      try {
        await this.#link.ready(signal);
        const messages = await this.#link.during((up) => this.#pull(up, definition));
        opened.resolve(undefined);
        failures = 0;
        await this.#handleAll(messages, definition);
      } catch (error) {
        failures += 1;
        if (error instanceof TopologyError) opened.reject(error);
        this.#report(toBusError(error, `following ${definition.name}`));
        await delay(backoffMs(failures, REOPEN), signal).catch(() => undefined);
      }
    }
    opened.resolve(undefined);
  }

  async #pull(connection: NatsConnection, definition: ConsumerDefinition): Promise<ConsumerMessages> {
    const manager = await jetstreamManager(connection, { checkAPI: false });
    const info = await ensureConsumer(manager, definition);
    const messages = await jetstream(connection).consumers.getConsumerFromInfo(info).consume({
      // One waits at the server while the other is handled; max_ack_pending lets one through at a time.
      max_messages: 2,
      threshold_messages: 1,
      expires: PULL_EXPIRES_MS,
      abort_on_missing_resource: true,
    });
    this.#open.add(messages);
    if (this.#stopping.signal.aborted) messages.stop();
    return messages;
  }

  async #handleAll(messages: ConsumerMessages, definition: ConsumerDefinition): Promise<void> {
    try {
      for await (const message of messages) {
        if (this.#stopping.signal.aborted) message.nak();
        else await this.#handle(message, definition.ackWaitMs);
      }
    } finally {
      this.#open.delete(messages);
    }
  }

  async #handle(message: JsMsg, ackWaitMs: number): Promise<void> {
    const pointer = this.#parse(message);
    if (!pointer) {
      message.term();
      return;
    }
    const working = setInterval(() => {
      message.working();
    }, ackWaitMs / 3);
    try {
      await this.#request.onDelivery(pointer);
      message.ack();
    } catch (error) {
      this.#request.onProblem?.(error);
      message.nak(backoffMs(message.info.deliveryCount, REDELIVERY));
    } finally {
      clearInterval(working);
    }
  }

  #report(error: unknown): void {
    if (!this.#stopping.signal.aborted) this.#request.onProblem?.(error);
  }

  #parse(message: JsMsg): EventPointer | undefined {
    try {
      return parsePointer(message.string());
    } catch (error) {
      this.#request.onProblem?.(error);
      return undefined;
    }
  }
}
