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
  /** Of connections that are gone: their messages come again, and their replies are due no more. */
  readonly #gone = new WeakSet<ConsumerMessages>();
  /** What is being handled, by the place in the stream. */
  readonly #handling = new Map<number, Promise<void>>();
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
      for (const messages of this.#open) this.#gone.add(messages);
      this.#closeOpen();
    });
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('Stopped.'));
    this.#forgetReconnects();
    this.#closeOpen();
    await Promise.all(this.#following);
    await Promise.all(this.#handling.values());
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
    try {
      for await (const message of messages) {
        if (this.#stopping.signal.aborted) message.nak();
        else this.#begin(message, messages);
      }
    } finally {
      this.#open.delete(messages);
    }
  }

  /** One that takes longer than the server waits is delivered again, and is not begun twice. */
  #begin(message: JsMsg, messages: ConsumerMessages): void {
    const place = message.info.streamSequence;
    if (this.#handling.has(place)) return;
    const handled = this.#handle(message, messages)
      .catch((error: unknown) => {
        this.#report(error);
      })
      .finally(() => this.#handling.delete(place));
    this.#handling.set(place, handled);
  }

  /** Answers once, which is all that a delivery allows. */
  async #handle(message: JsMsg, messages: ConsumerMessages): Promise<void> {
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
    if (!this.#gone.has(messages)) answer();
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
