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
        await this.#handleAll(messages);
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
    const messages = await jetstream(connection)
      .consumers.getConsumerFromInfo(info)
      .consume({
        max_messages: definition.maxInFlight,
        threshold_messages: definition.maxInFlight / 2,
        expires: PULL_EXPIRES_MS,
        abort_on_missing_resource: true,
      });
    this.#open.add(messages);
    if (this.#stopping.signal.aborted) messages.stop();
    return messages;
  }

  async #handleAll(messages: ConsumerMessages): Promise<void> {
    const handling = new Set<Promise<void>>();
    try {
      for await (const message of messages) {
        if (this.#stopping.signal.aborted) {
          message.nak();
          continue;
        }
        const handled = this.#handle(message).finally(() => handling.delete(handled));
        handling.add(handled);
      }
    } finally {
      this.#open.delete(messages);
      await Promise.all(handling);
    }
  }

  /** Answers once, which is all that a delivery allows: one that takes longer than the server waits is delivered again. */
  async #handle(message: JsMsg): Promise<void> {
    const pointer = this.#parse(message);
    let answer = (): void => {
      if (pointer) message.ack();
      else message.term();
    };
    try {
      if (pointer) await this.#request.onDelivery(pointer);
    } catch (error) {
      this.#request.onProblem?.(error);
      answer = () => {
        message.nak(backoffMs(message.info.deliveryCount, REDELIVERY));
      };
    }
    try {
      answer();
    } catch (error) {
      // The connection is gone, and with it this delivery: it comes again.
      this.#report(error);
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
