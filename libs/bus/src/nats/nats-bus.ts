import type { Bus, BusStatus } from '../bus.ts';
import type { Deliveries, DeliveryRequest } from '../delivery-source.ts';
import type { Poke } from '../pokes.ts';
import type { RelayedMessage, RelayMark, Tail } from '../relay-target.ts';
import type { RequestOptions } from '../request-reply.ts';
import type { Subscription } from '../subscription.ts';
import type { StreamDefinition, Topology } from '../topology.ts';
import { NatsDeliveries } from './nats-deliveries.ts';
import type { NatsLink } from './nats-link.ts';
import { NatsPokes } from './nats-pokes.ts';
import { NatsRelayTarget } from './nats-relay-target.ts';
import { NatsRequests } from './nats-requests.ts';

export interface NatsBusParts {
  readonly link: NatsLink;
  readonly topology: Topology;
  readonly onProblem: (error: unknown) => void;
}

/** The bus over one connection to NATS. */
export class NatsBus implements Bus {
  readonly #link: NatsLink;
  readonly #topology: Topology;
  readonly #pokes: NatsPokes;
  readonly #requests: NatsRequests;
  readonly #relayTarget: NatsRelayTarget;
  readonly #open = new Set<Subscription>();

  constructor({ link, topology, onProblem }: NatsBusParts) {
    this.#link = link;
    this.#topology = topology;
    this.#pokes = new NatsPokes(link, onProblem);
    this.#requests = new NatsRequests(link, onProblem, () => {
      this.#pokes.send();
    });
    this.#relayTarget = new NatsRelayTarget(link);
  }

  poke(stream: string, version: number): void {
    this.#pokes.poke(stream, version);
  }

  onPoke(handler: (poke: Poke) => void, options?: { readonly group?: string }): Subscription {
    return this.#keep(this.#pokes.onPoke(handler, options));
  }

  tail(stream: StreamDefinition, isInLog: (mark: RelayMark) => Promise<boolean>): Promise<Tail> {
    return this.#relayTarget.tail(stream, isInLog);
  }

  publish(stream: StreamDefinition, after: number, messages: readonly RelayedMessage[]): Promise<number> {
    return this.#relayTarget.publish(stream, after, messages);
  }

  deliver(request: DeliveryRequest): Deliveries {
    const deliveries = new NatsDeliveries(this.#link, this.#topology, request);
    this.#keep(deliveries);
    return deliveries;
  }

  request(subject: string, payload: unknown, options: RequestOptions): Promise<unknown> {
    return this.#requests.request(subject, payload, options);
  }

  respond(subject: string, queue: string, handler: (payload: unknown) => Promise<unknown>): Subscription {
    return this.#keep(this.#requests.respond(subject, queue, handler));
  }

  status(): BusStatus {
    return this.#link.status();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open].map((subscription) => subscription.stop()));
    this.#open.clear();
    this.#pokes.send();
    await this.#link.close();
  }

  #keep(subscription: Subscription): Subscription {
    this.#open.add(subscription);
    return subscription;
  }
}
