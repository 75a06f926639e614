import { BusError } from '../bus-error.ts';
import type { Deliveries, DeliveryRequest } from '../delivery-source.ts';
import { allPartitions } from '../partition.ts';
import type { Poke } from '../pokes.ts';
import type { RelayedMessage, RelayMark } from '../relay-target.ts';
import { defaultTopology, type Topology } from '../topology.ts';
import { MemoryDurable, type MemoryPull } from './memory-durable.ts';
import { MemoryListeners } from './memory-listeners.ts';
import { MemoryStream } from './memory-stream.ts';

/** What the connections of a bus in memory share: streams, positions, listeners. */
export class MemoryHub {
  readonly topology: Topology;
  readonly pokes = new MemoryListeners<(poke: Poke) => void>();
  readonly responders = new MemoryListeners<(payload: unknown) => Promise<unknown>>();
  readonly #streams = new Map<string, MemoryStream>();
  readonly #durables = new Map<string, MemoryDurable>();
  #up = true;

  constructor(topology: Topology = defaultTopology) {
    this.topology = topology;
  }

  get isUp(): boolean {
    return this.#up;
  }

  /** Loses all streams and all positions of consumers, as a deleted JetStream store does. */
  wipe(): void {
    for (const stream of this.#streams.values()) stream.wipe();
    for (const durable of this.#durables.values()) durable.wipe();
  }

  /** The bus is unreachable until `recover`. */
  fail(): void {
    this.#up = false;
  }

  recover(): void {
    this.#up = true;
    this.#dispatch();
  }

  stream(name: string): MemoryStream {
    const stream = this.#streams.get(name) ?? new MemoryStream();
    this.#streams.set(name, stream);
    return stream;
  }

  publish(name: string, after: number, messages: readonly RelayedMessage[]): number {
    this.requireUp();
    try {
      return this.stream(name).publish(name, after, messages);
    } finally {
      this.#dispatch();
    }
  }

  /** A message on the internal stream that no relay sent. */
  plant(subject: string, body: string, mark?: RelayMark): void {
    this.stream(this.topology.internal.name).append({ subject, body, mark });
    this.#dispatch();
  }

  deliver(request: DeliveryRequest): Deliveries {
    const pulls = allPartitions().map((partition) => {
      const pull: MemoryPull = { request, running: Promise.resolve() };
      const durable = this.#durable(request.service, partition);
      durable.add(pull);
      return { durable, pull };
    });
    const stop = async (): Promise<void> => {
      for (const { durable, pull } of pulls) durable.remove(pull);
      await Promise.all(pulls.map(({ pull }) => pull.running));
    };
    return { ready: Promise.resolve(), stop };
  }

  requireUp(): void {
    if (!this.#up) throw new BusError('BUS_DISCONNECTED', 'The bus is not connected.');
  }

  #dispatch(): void {
    for (const durable of this.#durables.values()) durable.dispatch();
  }

  #durable(service: string, partition: number): MemoryDurable {
    const name = `${service}-p${String(partition)}`;
    const stream = this.stream(this.topology.internal.name);
    const durable = this.#durables.get(name) ?? new MemoryDurable(stream, partition, () => this.#up);
    this.#durables.set(name, durable);
    return durable;
  }
}
